import type { Watch } from '../../store/items.ts';
import { listLoads, putLoads } from '../../store/loads.ts';
import { listWorkers, putWorkerCount } from '../../store/worker.ts';
import type { TickServices } from '../services.ts';
import { findDeadWorkers } from './find-dead-workers.ts';
import { startWorkers, type WorkerStart } from './start-workers.ts';
import { type TickReport, tick } from './tick.ts';
import { loadsOfAll, onlyShard, partitionsOfShard, type TickShard } from './tick-shards.ts';
import { isHeld, isOrphan } from './worker-rules.ts';

export type EveryMinute = WorkerStart & {
  /** Which accounts the host polls. */
  readonly isPolled: (watch: Watch) => boolean;
  /** Where several ticks share the minute's work: the part of this one. */
  readonly shard?: TickShard;
};

/**
 * What is to be done each minute where workers hold the connections. Doing it twice, late or not at all harms nothing.
 * Where several ticks share the work, each reads its partitions and notes their loads; the first one looks after the
 * workers, by what the others noted last.
 */
export async function everyMinute(services: TickServices, options: EveryMinute): Promise<TickReport> {
  const { store, clock } = services;
  const { shard = onlyShard } = options;
  const at = clock.now();
  const workers = shard.index === 0 ? await findDeadWorkers(services) : await listWorkers(store, at);
  if (shard.index === 0) await putWorkerCount(store, workers.filter(({ state }) => state !== 'dead').length);
  const partitions = partitionsOfShard(shard, store.partitions);
  const byId = new Map(workers.map((worker) => [worker.id, worker]));
  const report = await tick(services, {
    at,
    partitions,
    ticks: shard.of,
    isPolled: options.isPolled,
    isHeld: (lease) => isHeld(lease, byId),
    isOrphan: (lease) => isOrphan(lease, byId, at),
  });
  if (shard.of > 1) {
    const loads = partitions.map((partition) => report.loads[partition] ?? 0);
    await putLoads(store, { ...shard, loads }, at);
  }
  if (shard.index > 0) return report;
  const loads =
    shard.of === 1 ? report.loads : loadsOfAll(await listLoads(store, shard.of, at), store.partitions);
  await startWorkers(services, loads, workers, options);
  return report;
}
