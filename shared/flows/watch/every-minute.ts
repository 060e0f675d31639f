import type { Watch } from '../../store/items.ts';
import type { TickServices } from '../services.ts';
import { findDeadWorkers } from './find-dead-workers.ts';
import { startWorkers, type WorkerStart } from './start-workers.ts';
import { type TickReport, tick } from './tick.ts';
import { isHeld, isOrphan } from './worker-rules.ts';

export type EveryMinute = WorkerStart & {
  /** Which accounts the host polls. */
  readonly isPolled: (watch: Watch) => boolean;
};

/** What is to be done each minute where workers hold the connections. Doing it twice, late or not at all harms nothing. */
export async function everyMinute(services: TickServices, options: EveryMinute): Promise<TickReport> {
  const at = services.clock.now();
  const workers = await findDeadWorkers(services);
  const byId = new Map(workers.map((worker) => [worker.id, worker]));
  const report = await tick(services, {
    at,
    isPolled: options.isPolled,
    isHeld: (lease) => isHeld(lease, byId),
    isOrphan: (lease) => isOrphan(lease, byId, at),
  });
  await startWorkers(services, report.loads, workers, options);
  return report;
}
