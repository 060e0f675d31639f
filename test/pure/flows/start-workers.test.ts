import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { silentMetrics } from '../../../shared/core/metrics.ts';
import type { TickServices } from '../../../shared/flows/services.ts';
import { startWorkers } from '../../../shared/flows/watch/start-workers.ts';
import { openStore } from '../../../shared/store/client.ts';
import { listWorkers, startWorker } from '../../../shared/store/worker.ts';
import { promptRequests } from '../../support/lease-model/prompt-requests.ts';
import { TableInMemory } from '../../support/lease-model/table-in-memory.ts';

/** Ticks over one table, at the times given; which workers each started. */
function ticks() {
  let now = 1_000_000_000;
  const requests = promptRequests(new TableInMemory(() => now));
  const store = openStore({ tableName: 'model', partitions: 3 }, requests);
  const queues: TickServices['queues'] = {
    send: async () => {},
    waiting: async () => 0,
    consume: async () => {},
    close: () => {},
  };
  const clock = { now: () => now, sleep: async () => {} };
  const services: TickServices = { store, clock, queues, log: silentLog, metrics: silentMetrics };
  return {
    store,
    async tickAfter(ms: number, capacity?: number): Promise<string[]> {
      now += ms;
      const started: string[] = [];
      const start = async (workerId: string) => void started.push(workerId);
      const options = { start, mostWorkers: 4, ...(capacity === undefined ? {} : { capacity }) };
      await startWorkers(services, [5, 7, 6], await listWorkers(store, now), options);
      return started;
    },
  };
}

describe('the workers that a tick starts', () => {
  it('are started once more when they are not there after a minute, and no more once they are', async () => {
    const { store, tickAfter } = ticks();
    const first = await tickAfter(0);
    expect(first).toHaveLength(1);
    expect(await tickAfter(limits.workerStartAgainMs - 1)).toEqual([]);
    expect(await tickAfter(1)).toEqual(first);
    await startWorker(store, first[0] ?? '', 'it', { aliveUntil: 2_000_000_000, drainsAt: undefined });
    expect(await tickAfter(1)).toEqual([]);
  });

  it('are as many as it takes, each announced with what it may have', async () => {
    const { store, tickAfter } = ticks();
    expect(await tickAfter(0, 8)).toHaveLength(3);
    const workers = await listWorkers(store, 0);
    expect(workers.map(({ capacity }) => capacity)).toEqual([8, 8, 8]);
    expect(workers.flatMap(({ partitions }) => partitions).toSorted()).toEqual([0, 1, 2]);
  });
});
