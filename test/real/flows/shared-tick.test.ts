import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLog } from '../../../shared/core/log.ts';
import { silentMetrics } from '../../../shared/core/metrics.ts';
import { everyMinute } from '../../../shared/flows/watch/every-minute.ts';
import { listLoads } from '../../../shared/store/loads.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { getWorkerCount, listWorkers } from '../../../shared/store/worker.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleWatch } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const accounts = 24;

it('two ticks that share a minute deal with each account once, and the first starts a worker for all of them', async () => {
  const { store, queues } = parts;
  const now = Date.now();
  const ids = Array.from({ length: accounts }, (_, index) => exampleId(index));
  for (const accountId of ids) await putWatch(store, { ...exampleWatch(), accountId, mode: 'idle' });
  const clock = { now: () => now, sleep: async () => undefined };
  const services = { clock, store, queues, log: silentLog, metrics: silentMetrics };
  const started: string[] = [];
  const run = (index: number) =>
    everyMinute(services, {
      isPolled: () => false,
      mostWorkers: 4,
      start: async (id) => void started.push(id),
      shard: { index, of: 2 },
    });

  const second = await run(1);
  expect(started).toEqual([]);
  const first = await run(0);

  expect(first.accounts + second.accounts).toBe(accounts);
  expect(Math.min(first.accounts, second.accounts)).toBeGreaterThan(0);
  const [worker] = await listWorkers(store, now);
  expect(started).toEqual([worker?.id]);
  expect([...(worker?.partitions ?? [])].sort()).toEqual([0, 1, 2, 3]);
  const noted = await listLoads(store, 2, now);
  expect(noted.flatMap(({ loads }) => loads).reduce((sum, load) => sum + load, 0)).toBe(accounts);
  expect(await listLoads(store, 3, now), 'noted by ticks that shared the work otherwise').toEqual([]);
  await run(1);
  expect(await getWorkerCount(store)).toBe(0);
  await run(0);
  expect(await getWorkerCount(store), 'that share the logins').toBe(1);
});
