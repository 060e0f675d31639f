import { describe, expect, it } from 'vitest';
import { bounds, type ModelReport, runModel, type Story } from '../../support/lease-model/run-model.ts';
import type { TableInput } from '../../support/lease-model/table-in-memory.ts';

/**
 * The real code of workers and ticks, on a virtual clock and a table in memory. Each seed is another world: every request
 * is done and answered when it is drawn, so that those of several workers come in any order, late, twice, or after the
 * death of their sender. A failure names its seed, and what happened before.
 */
async function runSeeds(story: Story, seeds: number): Promise<ModelReport> {
  const all: ModelReport = {
    moves: 0,
    fencedMoves: 0,
    taken: 0,
    deaths: 0,
    steps: 0,
    longestGapMs: 0,
    longestWaitMs: 0,
  };
  for (let seed = 1; seed <= seeds; seed++) {
    const run = await runModel({ story, seed });
    for (const name of ['moves', 'fencedMoves', 'taken', 'deaths', 'steps'] as const) all[name] += run[name];
    for (const name of ['longestGapMs', 'longestWaitMs'] as const) all[name] = Math.max(all[name], run[name]);
  }
  return all;
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

describe('in any order of what workers, ticks and the table do', () => {
  it('a planned hand-over leaves no instant without a connection, whatever ticks come twice or tell the same to two', async () => {
    const report = await runSeeds('hand-overs', 60);
    expect(report.taken).toBeGreaterThan(300);
    expect(report.fencedMoves).toBeGreaterThan(300);
  });

  it('after a death each account is connected again and its mail told of within the bounds, with clocks that differ by 30 s', async () => {
    const report = await runSeeds('deaths', 60);
    expect(report.deaths).toBeGreaterThan(150);
    expect(report.longestGapMs).toBeLessThan(bounds.connectedMs);
    // Whoever died was missed: without deaths that are felt, this would prove nothing.
    expect(report.longestGapMs).toBeGreaterThan(60_000);
  });

  it('no cursor goes back, passes mail untold, or is moved by a former holder; and all is well again within the bound', async () => {
    const report = await runSeeds('everything', 120);
    expect(report.deaths).toBeGreaterThan(300);
    expect(report.fencedMoves).toBeGreaterThan(500);
    expect(report.longestGapMs).toBeLessThan(bounds.afterEverythingMs);
  });
});

describe('the model finds a protocol', () => {
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
