import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWorkers, type WorkerNeeds } from '../../../shared/flows/watch/plan-workers.ts';
import type { Worker } from '../../../shared/store/items.ts';

const now = 1_000_000_000;
const needs = { now, capacity: 100, mostWorkers: 10, workers: [] } as const;

function worker(id: string, partitions: readonly number[], changes: Partial<Worker> = {}): Worker {
  return {
    id,
    state: 'running',
    instance: id,
    capacity: 100,
    sessions: 0,
    partitions,
    version: 1,
    aliveUntil: now + 20_000,
    drainsAt: now + 600_000,
    ...changes,
  };
}

describe('the plan of who holds which partition', () => {
  it('starts nobody while no account wants a connection', () => {
    expect(planWorkers({ ...needs, loads: [0, 0, 0] })).toEqual({ changes: [], starts: [], left: [] });
  });

  it('gives the first worker all partitions, the empty ones too', () => {
    expect(planWorkers({ ...needs, loads: [0, 1, 0] }).starts.map((each) => [...each].sort())).toEqual([
      [0, 1, 2],
    ]);
  });

  it('starts as many as it takes, and fills none to the brim', () => {
    const { starts } = planWorkers({ ...needs, loads: [50, 30, 50, 30] });
    expect(starts.map((each) => [...each].sort())).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('leaves what is held where it is', () => {
    const workers = [worker('a', [0, 1, 2])];
    expect(planWorkers({ ...needs, workers, loads: [90, 1, 1] })).toEqual({
      changes: [],
      starts: [],
      left: [],
    });
  });

  it('counts one that was announced as one that holds: a second tick starts no other', () => {
    const workers = [worker('a', [0, 1], { state: 'starting', instance: undefined })];
    expect(planWorkers({ ...needs, workers, loads: [1, 1] }).starts).toEqual([]);
  });

  it('starts a successor for one that hands over', () => {
    const workers = [worker('a', [0, 1], { state: 'draining' })];
    expect(planWorkers({ ...needs, workers, loads: [1, 1] }).starts).toHaveLength(1);
  });

  it('takes up what a dead one held, not what one holds whose clock is behind', () => {
    const late = [worker('a', [0], { aliveUntil: now - 60_000 })];
    const dead = [worker('a', [], { state: 'dead' })];
    expect(planWorkers({ ...needs, workers: late, loads: [1] }).starts).toEqual([]);
    expect(planWorkers({ ...needs, workers: dead, loads: [1] }).starts).toEqual([[0]]);
  });

  it('gives free partitions to living workers with room before it starts another', () => {
    const workers = [worker('a', [0]), worker('b', [1]), worker('c', [2], { state: 'draining' })];
    const { changes, starts } = planWorkers({ ...needs, workers, loads: [70, 20, 40] });
    expect(starts).toEqual([]);
    expect(changes.map(({ worker: { id }, partitions }) => [id, partitions])).toEqual([['b', [1, 2]]]);
  });

  it('gives nothing more to one that is about to hand over', () => {
    const workers = [worker('a', [0], { drainsAt: now + 60_000 })];
    expect(planWorkers({ ...needs, workers, loads: [1, 1] })).toMatchObject({ changes: [], starts: [[1]] });
  });

  it('takes partitions from one whose accounts became too many', () => {
    const workers = [worker('a', [0, 1, 2])];
    const plan = planWorkers({ ...needs, workers, loads: [60, 30, 30] });
    expect(plan.changes.map(({ partitions }) => partitions)).toEqual([[0, 1]]);
    expect(plan.starts).toEqual([[2]]);
  });

  it('leaves what two were told to hold with the one that runs', () => {
    const workers = [worker('a', [0, 1], { state: 'starting', instance: undefined }), worker('b', [1, 2])];
    const plan = planWorkers({ ...needs, workers, loads: [1, 1, 1] });
    expect(plan.changes.map(({ worker: { id }, partitions }) => [id, partitions])).toEqual([['a', [0]]]);
    expect(plan.starts).toEqual([]);
  });

  it('takes back what a worker has no memory for, what it was told last', () => {
    const workers = [worker('a', [0, 1, 2], { capacity: 45 })];
    const plan = planWorkers({ ...needs, workers, loads: [20, 20, 20] });
    expect(plan.changes.map(({ partitions }) => partitions)).toEqual([[0, 1]]);
    expect(plan.starts).toEqual([[2]]);
  });

  it('leaves a partition that no worker has room for, so that its accounts are polled', () => {
    const workers = [worker('a', [0, 1])];
    const plan = planWorkers({ ...needs, workers, loads: [101, 20] });
    expect(plan.changes.map(({ partitions }) => partitions)).toEqual([[1]]);
    expect(plan).toMatchObject({ starts: [], left: [0] });
  });

  it('starts no more than allowed, and tells what nobody has room for', () => {
    const plan = planWorkers({ ...needs, mostWorkers: 1, loads: [70, 60] });
    expect(plan).toEqual({ changes: [], starts: [[0]], left: [1] });
  });

  it('uses workers that start themselves where it can start none', () => {
    const container = worker('box', [], { capacity: 5_000, drainsAt: undefined });
    const plan = planWorkers({ ...needs, mostWorkers: 0, workers: [container], loads: [700, 900] });
    expect(plan.changes.map(({ partitions }) => [...partitions].sort())).toEqual([[0, 1]]);
    expect(plan.starts).toEqual([]);
  });
});

/** What stands in the table after a plan was carried out. */
function carriedOut({ workers }: WorkerNeeds, plan: ReturnType<typeof planWorkers>): Worker[] {
  const changed = workers.map((each) => ({
    ...each,
    partitions: plan.changes.find(({ worker: { id } }) => id === each.id)?.partitions ?? each.partitions,
  }));
  return [...changed, ...plan.starts.map((partitions, index) => worker(`new-${index}`, partitions))];
}

const anyNeeds: fc.Arbitrary<WorkerNeeds> = fc
  .record({
    loads: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 }),
    holders: fc.array(
      fc.record({
        state: fc.constantFrom('starting', 'running', 'draining', 'dead'),
        toldTwice: fc.nat({ max: 60 }),
        drainsInMs: fc.integer({ min: 1, max: 900_000 }),
      }),
      { maxLength: 5 },
    ),
    owners: fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 40, maxLength: 40 }),
    mostWorkers: fc.integer({ min: 1, max: 60 }),
  })
  .map(({ loads, holders, owners, mostWorkers }) => ({
    loads,
    now,
    capacity: 100,
    mostWorkers,
    workers: holders.map(({ state, drainsInMs, toldTwice }, index) => {
      const partitions = loads
        .map((_, partition) => partition)
        .filter((each) => owners[each] === index || each === toldTwice);
      return worker(`w-${index}`, partitions, { state, drainsAt: now + drainsInMs });
    }),
  }));

describe('any plan', () => {
  it('gives no partition to two, forgets none, and once carried out changes nothing more', () => {
    fc.assert(
      fc.property(anyNeeds, (given) => {
        const plan = planWorkers(given);
        const after = carriedOut(given, plan);
        const lasting = after.filter(({ state }) => state === 'starting' || state === 'running');
        const held = lasting.flatMap(({ partitions }) => partitions);
        expect(new Set(held).size).toBe(held.length);
        if (given.loads.some((load) => load > 0)) {
          expect([...held, ...plan.left].sort((a, b) => a - b)).toEqual(given.loads.map((_, index) => index));
        }
        const again = planWorkers({ ...given, workers: after });
        expect(again.starts).toEqual([]);
        expect(again.changes).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('fills nobody whom it gives something beyond what is planned for, and loses nothing while workers may be started', () => {
    fc.assert(
      fc.property(anyNeeds, (given) => {
        const plan = planWorkers({ ...given, mostWorkers: 100 });
        expect(plan.left).toEqual([]);
        for (const partitions of [...plan.starts, ...plan.changes.map((each) => each.partitions)]) {
          const load = partitions.reduce((sum, partition) => sum + (given.loads[partition] ?? 0), 0);
          expect(load).toBeLessThanOrEqual(100);
        }
      }),
      { numRuns: 300 },
    );
  });
});
