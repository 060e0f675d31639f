import { describe, expect, it } from 'vitest';
import { bounds, type ModelReport, runModel, type Story } from '../../support/lease-model/run-model.ts';
import type { TableInput } from '../../support/lease-model/table-in-memory.ts';

/**
 * The real code of workers and ticks, on a virtual clock and a table in memory. Each seed is another world: every request
 * is done and answered when it is drawn, so that those of several workers come in any order, late, twice, or after the
 * death of their sender. A failure names its seed, and what happened before.
 */
async function runSeeds(story: Story, seeds: number): Promise<ModelReport> {
  const reports: ModelReport[] = [];
  for (let seed = 1; seed <= seeds; seed++) reports.push(await runModel({ story, seed }));
  const sum = (name: keyof ModelReport) => reports.reduce((total, report) => total + report[name], 0);
  const most = (name: keyof ModelReport) => Math.max(...reports.map((report) => report[name]));
  return {
    ...{ moves: sum('moves'), fencedMoves: sum('fencedMoves'), taken: sum('taken'), deaths: sum('deaths') },
    ...{ steps: sum('steps'), longestGapMs: most('longestGapMs'), longestWaitMs: most('longestWaitMs') },
    longestDoubleMs: most('longestDoubleMs'),
  };
}

/** What the model says of a protocol that lacks something; undefined when it finds nothing. */
async function firstFailure(
  seeds: number,
  alter: (request: TableInput) => TableInput,
): Promise<string | undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      await runModel({ story: 'everything', seed, alter });
    } catch (error) {
      return String(error);
    }
  }
  return undefined;
}

/** A run takes some 0.1 s of a processor, and other tests share it. */
const patience = { timeout: 180_000 };

describe('in any order of what workers, ticks and the table do', patience, () => {
  it('a planned hand-over leaves no instant without a connection, whatever ticks come twice or tell the same to two', async () => {
    const report = await runSeeds('hand-overs', 40);
    expect(report.taken).toBeGreaterThan(200);
    expect(report.fencedMoves).toBeGreaterThan(200);
  });

  it('after a death each account is connected again and its mail told of within the bounds, with clocks that differ by 30 s', async () => {
    const report = await runSeeds('deaths', 40);
    expect(report.deaths).toBeGreaterThan(100);
    expect(report.longestGapMs).toBeLessThan(bounds.connectedMs);
    // Whoever died was missed: without deaths that are felt, this would prove nothing.
    expect(report.longestGapMs).toBeGreaterThan(60_000);
  });

  it('mail is told of as soon while nobody can take up what the dead held', async () => {
    const report = await runSeeds('no successor', 20);
    expect(report.deaths).toBeGreaterThan(20);
    expect(report.longestWaitMs).toBeGreaterThan(60_000);
    expect(report.longestWaitMs).toBeLessThan(bounds.toldMs);
  });

  it('no cursor goes back, passes mail untold, or is moved by a former holder; and all is well again within the bound', async () => {
    const report = await runSeeds('everything', 80);
    expect(report.deaths).toBeGreaterThan(300);
    expect(report.fencedMoves).toBeGreaterThan(300);
    expect(report.longestGapMs).toBeLessThan(bounds.connectedMs);
  });
});

describe('the model finds a protocol', patience, () => {
  it('in which cursors are moved without a look at the generation', async () => {
    const unfenced = (request: TableInput): TableInput =>
      request.kind === 'update'
        ? { ...request, input: { ...request.input, ...withoutFence(request.input) } }
        : request;
    expect(await firstFailure(60, unfenced)).toMatch(
      /generation \d+ moved a cursor of a\d+ after generation/,
    );
  });

  it('in which a lease is taken without a look at who has it', async () => {
    const careless = (request: TableInput): TableInput =>
      request.kind === 'put' && request.input.ConditionExpression === 'g = :from'
        ? { ...request, input: { ...request.input, ConditionExpression: 'attribute_exists(pk)' } }
        : request;
    expect(await firstFailure(60, careless)).toMatch(/generation/);
  });
});

function withoutFence({ ConditionExpression }: { ConditionExpression?: string | undefined }) {
  return {
    ConditionExpression: ConditionExpression?.replace(/ AND \(attribute_not_exists\(g\) OR .*\)$/, ''),
  };
}
