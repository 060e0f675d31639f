import { startWorkers } from '../../shared/flows/watch/start-workers.ts';
import { tick } from '../../shared/flows/watch/tick.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import { isHeld } from '../../shared/flows/watch/worker-rules.ts';
import { listWorkers } from '../../shared/store/worker.ts';
import { functionDefinitions } from '../definitions.ts';
import { functionSettings } from '../function-settings.ts';
import { functionHost } from '../on-aws/function-host.ts';
import { openTickServices } from '../on-aws/tick-services.ts';
import { asynchronousInvoke } from './invoke.ts';

const host = functionHost(functionDefinitions.schedule, process.env);
const services = openTickServices(host);
const hostWatch = host.read(functionSettings.watch);
const mostWorkers = host.read(functionSettings.idleWorkers);
const idleFunction = host.read(functionSettings.idleFunctionName);
const invoke = idleFunction === '' ? undefined : asynchronousInvoke(idleFunction);
const start = invoke && ((workerId: string) => invoke({ workerId }));

/** Called each minute by EventBridge Scheduler. */
export async function handler(): Promise<void> {
  const { store, clock, metrics } = services;
  const now = clock.now();
  try {
    const workers = await listWorkers(store, now);
    const report = await tick(services, {
      isPolled: (watch) => isPolled(watch, hostWatch, 'idle-while-active', now),
      isHeld: (lease) => isHeld(lease, workers, now),
    });
    await startWorkers(services, report.loads, workers, { start, mostWorkers });
    if (report.failedPartitions > 0) throw new Error(`${report.failedPartitions} partitions failed`);
  } finally {
    metrics.flush();
  }
}
