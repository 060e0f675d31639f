import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Worker } from '../../../shared/store/items.ts';
import { getLease, releaseLease, takeLease } from '../../../shared/store/lease.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { moveCursor, putWatch } from '../../../shared/store/watch.ts';
import {
  assignPartitions,
  createWorker,
  deleteWorker,
  getWorker,
  listWorkers,
  noteWorkerAlive,
  noteWorkerDead,
  startWorker,
} from '../../../shared/store/worker.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

let next = 1_000;
/** A partition that no other test uses. */
const newPartition = () => next++;

describe('the lease of a partition', () => {
  it('is nobody’s at first, and raises its generation with each change of hands', async () => {
    const partition = newPartition();
    expect(await getLease(parts.store, partition)).toBeUndefined();
    const first = await takeLease(parts.store, partition, undefined, 'a');
    expect(first).toEqual({ partition, workerId: 'a', generation: 1 });
    expect(await takeLease(parts.store, partition, first, 'b')).toMatchObject({
      workerId: 'b',
      generation: 2,
    });
    expect(await getLease(parts.store, partition)).toEqual({
      partition,
      workerId: 'b',
      generation: 2,
      releasedAt: undefined,
    });
  });

  it('goes to one of many that take it from the same state', async () => {
    const partition = newPartition();
    const workers = ['a', 'b', 'c', 'd', 'e'];
    for (const _ of ['never held', 'held']) {
      const from = await getLease(parts.store, partition);
      const taken = await Promise.all(workers.map((id) => takeLease(parts.store, partition, from, id)));
      expect(taken.filter((lease) => lease !== undefined)).toHaveLength(1);
    }
  });

  it('is the taker’s own when it asks again, because the answer was lost', async () => {
    const partition = newPartition();
    const first = await takeLease(parts.store, partition, undefined, 'a');
    expect(await takeLease(parts.store, partition, undefined, 'a')).toEqual(first);
    expect(await takeLease(parts.store, partition, undefined, 'b')).toBeUndefined();
    await takeLease(parts.store, partition, first, 'b');
    expect(await takeLease(parts.store, partition, undefined, 'a')).toBeUndefined();
  });

  it('keeps its generation when it is given up, and is not given up by who lost it', async () => {
    const partition = newPartition();
    const first = await takeLease(parts.store, partition, undefined, 'a');
    const second = await takeLease(parts.store, partition, first, 'b');
    if (first === undefined || second === undefined) throw new Error('nobody got it');
    await releaseLease(parts.store, first, 5);
    expect(await getLease(parts.store, partition)).toEqual(second);
    await releaseLease(parts.store, second, 7);
    expect(await getLease(parts.store, partition)).toEqual({
      partition,
      workerId: undefined,
      generation: 2,
      releasedAt: 7,
    });
  });

  it('is read by the tick together with the accounts, of which it is none', async () => {
    const partition = newPartition();
    const lease = await takeLease(parts.store, partition, undefined, 'a');
    expect(await listPartition(parts.store, partition, 0)).toEqual({
      watches: [],
      pending: [],
      unreadable: 0,
      lease,
    });
  });
});

describe('a cursor', () => {
  const at = (uidNext: number) => ({ uidValidity: 1, uidNext });

  it('is moved by the holder of the latest generation that moved one, and by none before it', async () => {
    const accountId = 'fenced';
    await putWatch(parts.store, { accountId, host: 'h', mode: 'auto', lastActivityAt: 1, folders: {} });
    const move = (from: number | undefined, to: number, generation?: number) =>
      moveCursor(
        parts.store,
        accountId,
        'INBOX',
        from === undefined ? undefined : at(from),
        at(to),
        undefined,
        generation,
      );
    expect(await move(undefined, 1, 4)).toBe('moved');
    expect(await move(1, 2, 5)).toBe('moved');
    expect(await move(2, 3, 4)).toBe('stale');
    expect(await move(2, 3, 5)).toBe('moved');
    // A poll holds no lease: the cursor it started from is its condition.
    expect(await move(3, 4)).toBe('moved');
    expect(await move(4, 5, 4)).toBe('stale');
  });
});

describe('a worker', () => {
  const announced = (id: string, changes: Partial<Worker> = {}): Worker => ({
    id,
    state: 'starting',
    instance: undefined,
    capacity: 900,
    sessions: 0,
    partitions: [1, 2],
    version: 1,
    aliveUntil: 90_000,
    drainsAt: undefined,
    ...changes,
  });

  it('is announced once', async () => {
    expect(await createWorker(parts.store, announced('once'))).toBe('created');
    const other = announced('once', { partitions: [9], aliveUntil: 90_001 });
    expect(await createWorker(parts.store, other)).toBe('exists');
    // The answer to the first was lost.
    expect(await createWorker(parts.store, announced('once'))).toBe('created');
    expect(await getWorker(parts.store, 'once')).toEqual(announced('once'));
  });

  it('is run by one process, whose signs of life alone count', async () => {
    await createWorker(parts.store, announced('run'));
    const times = { aliveUntil: 100_000, drainsAt: 700_000 };
    expect(await startWorker(parts.store, 'run', 'first', times)).toBe('started');
    expect(await startWorker(parts.store, 'run', 'second', times)).toBe('taken');
    const alive = { state: 'running', sessions: 12, capacity: 700, aliveUntil: 110_000 } as const;
    expect(await noteWorkerAlive(parts.store, 'run', 'second', alive)).toBe('replaced');
    expect(await noteWorkerAlive(parts.store, 'run', 'first', alive)).toBe('noted');
    expect(await getWorker(parts.store, 'run')).toEqual({
      ...announced('run'),
      ...alive,
      instance: 'first',
      drainsAt: 700_000,
    });
  });

  it('may ask again to be run, when the answer was lost; no other process may', async () => {
    await createWorker(parts.store, announced('again'));
    const times = { aliveUntil: 100_000, drainsAt: undefined };
    expect(await startWorker(parts.store, 'again', 'first', times)).toBe('started');
    expect(await startWorker(parts.store, 'again', 'first', times)).toBe('started');
    expect(await startWorker(parts.store, 'again', 'second', times)).toBe('taken');
  });

  it('is noted as dead unless it gave a sign of life since; its next one makes it a worker without partitions', async () => {
    await createWorker(parts.store, announced('mortal'));
    const alive = { state: 'running', sessions: 1, capacity: 9 } as const;
    await startWorker(parts.store, 'mortal', 'it', { aliveUntil: 20_000, drainsAt: undefined });
    const seen = await getWorker(parts.store, 'mortal');
    if (seen === undefined) throw new Error('no worker');
    await noteWorkerAlive(parts.store, 'mortal', 'it', { ...alive, aliveUntil: 30_000 });
    expect(await noteWorkerDead(parts.store, seen, 50_000)).toBe('alive');
    expect(await noteWorkerDead(parts.store, { ...seen, aliveUntil: 30_000 }, 50_000)).toBe('noted');
    const dead = { state: 'dead', aliveUntil: 50_000, partitions: [] };
    expect(await getWorker(parts.store, 'mortal')).toMatchObject(dead);
    // Who read it before it died tells it nothing.
    expect(await assignPartitions(parts.store, seen, [5])).toBe('stale');
    const beat = { ...alive, aliveUntil: 60_000 };
    expect(await noteWorkerAlive(parts.store, 'mortal', 'it', beat)).toBe('noted');
    expect(await getWorker(parts.store, 'mortal')).toMatchObject({ ...beat, partitions: [] });
  });

  it('that was never announced cannot be run', async () => {
    const times = { aliveUntil: 100_000, drainsAt: undefined };
    expect(await startWorker(parts.store, 'nobody', 'first', times)).toBe('taken');
    expect(await getWorker(parts.store, 'nobody')).toBeUndefined();
  });

  it('is told what to hold by whoever knows what it was told before', async () => {
    await createWorker(parts.store, announced('told'));
    const worker = announced('told');
    expect(await assignPartitions(parts.store, worker, [1, 2, 3])).toBe('assigned');
    expect(await assignPartitions(parts.store, worker, [])).toBe('stale');
    expect(await getWorker(parts.store, 'told')).toMatchObject({ partitions: [1, 2, 3], version: 2 });
  });

  it('is listed with the others until some time after its death, and is taken off by its own process', async () => {
    const ids = async (now: number) => (await listWorkers(parts.store, now)).map(({ id }) => id);
    await createWorker(parts.store, announced('mine', { instance: 'me' }));
    expect(await ids(90_000)).toContain('mine');
    expect(await ids(90_000 + 2 * 3_600_000)).not.toContain('mine');
    await deleteWorker(parts.store, 'mine', 'another');
    expect(await ids(90_000)).toContain('mine');
    await deleteWorker(parts.store, 'mine', 'me');
    expect(await ids(90_000)).not.toContain('mine');
  });
});
