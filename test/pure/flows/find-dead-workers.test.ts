import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { findDeadWorkers } from '../../../shared/flows/watch/find-dead-workers.ts';
import { openStore } from '../../../shared/store/client.ts';
import type { Worker } from '../../../shared/store/items.ts';
import { createWorker, noteWorkerAlive, startWorker } from '../../../shared/store/worker.ts';
import { promptRequests } from '../../support/lease-model/prompt-requests.ts';
import { TableInMemory } from '../../support/lease-model/table-in-memory.ts';

const start = 1_000_000_000;

/** A table with one worker that was started at `start`, and what the tick finds at `now`. */
async function found(
  now: number,
  options: { readonly skewMs?: number; readonly beatsMeanwhile?: boolean; readonly isStarted?: boolean } = {},
) {
  const { skewMs = 0, beatsMeanwhile = false, isStarted = true } = options;
  const table = new TableInMemory(() => now);
  const store = openStore({ tableName: 'model', partitions: 1 }, promptRequests(table));
  const worker: Worker = {
    ...{ id: 'w', state: 'starting', instance: undefined, capacity: 9, sessions: 0, partitions: [0] },
    ...{ version: 1, aliveUntil: start + limits.workerStartMs, drainsAt: undefined },
  };
  await createWorker(store, worker);
  const aliveUntil = start + skewMs + limits.workerLifeMs;
  if (isStarted) await startWorker(store, 'w', 'it', { aliveUntil, drainsAt: undefined });
  const sleeps: number[] = [];
  const sleep = async (ms: number) => {
    sleeps.push(ms);
    const beat = { state: 'running', sessions: 1, capacity: 9, aliveUntil: aliveUntil + 10_000 } as const;
    if (beatsMeanwhile) await noteWorkerAlive(store, 'w', 'it', beat);
  };
  const [after] = await findDeadWorkers({ store, log: silentLog, clock: { now: () => now, sleep } });
  return { state: after?.state, partitions: after?.partitions, sleeps };
}

describe('the tick', () => {
  it('waits for nobody while all give signs of life', async () => {
    expect(await found(start + 15_000)).toEqual({ state: 'running', partitions: [0], sleeps: [] });
  });

  it('notes one as dead that was silent for its life and another sign, and frees its partitions', async () => {
    expect(await found(start + 21_000)).toEqual({
      ...{ state: 'dead', partitions: [] },
      sleeps: [limits.workerLookAgainMs],
    });
  });

  it('knows one whose clock is half a minute behind by its signs', async () => {
    const alive = await found(start + 1_000, { skewMs: -30_000, beatsMeanwhile: true });
    expect(alive).toMatchObject({ state: 'running', partitions: [0] });
    expect(await found(start + 1_000, { skewMs: -30_000 })).toMatchObject({ state: 'dead' });
  });

  it('gives one time to start, and waits no longer for one that did not', async () => {
    expect(await found(start + 60_000, { isStarted: false })).toMatchObject({ state: 'starting' });
    expect(await found(start + limits.workerStartMs + 1, { isStarted: false })).toEqual({
      ...{ state: 'dead', partitions: [], sleeps: [] },
    });
  });
});
