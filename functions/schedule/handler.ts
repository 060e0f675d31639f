import { everyMinute } from '../../shared/flows/watch/every-minute.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import { functionDefinitions } from '../definitions.ts';
import { functionHost } from '../on-aws/function-host.ts';
import { openTickServices } from '../on-aws/tick-services.ts';
import { functionSettings } from '../settings/function-settings.ts';
import { asynchronousInvoke } from './invoke.ts';
import { shardOf } from './shard-of.ts';

const host = functionHost(functionDefinitions.schedule, process.env);
const services = openTickServices(host);
const hostWatch = host.read(functionSettings.watch);
const mostWorkers = host.read(functionSettings.idleWorkers);
const idleFunction = host.read(functionSettings.idleFunctionName);
const invoke = idleFunction === '' ? undefined : asynchronousInvoke(idleFunction);
const start = invoke && ((workerId: string) => invoke({ workerId }));

/** Called each minute by EventBridge Scheduler, with the part of the work that is this one's. */
export async function handler(event?: unknown): Promise<void> {
  const { clock, metrics } = services;
  try {
    const report = await everyMinute(services, {
      isPolled: (watch) => isPolled(watch, hostWatch, 'idle-while-active', clock.now()),
      start,
      mostWorkers,
      shard: shardOf(event),
    });
    if (report.failedPartitions > 0) throw new Error(`${report.failedPartitions} partitions failed`);
  } finally {
    metrics.flush();
  }
}
