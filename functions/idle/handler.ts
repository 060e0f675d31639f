import { randomUUID } from 'node:crypto';
import { limits } from '../../shared/core/limits.ts';
import { memberOf } from '../../shared/core/outside-data.ts';
import { type HoldEnd, holdPartitions } from '../../shared/flows/watch/hold-partitions.ts';
import { isPolled } from '../../shared/flows/watch/watch-mode.ts';
import { Watchers } from '../../shared/flows/watch/watchers.ts';
import { breakOffConnections } from '../../shared/net/connect.ts';
import { functionDefinitions } from '../definitions.ts';
import { openServices } from '../on-aws/all-services.ts';
import { functionHost, once } from '../on-aws/function-host.ts';
import { abortBeforeEnd, type LambdaContext } from '../on-aws/lambda-context.ts';
import { functionSettings } from '../settings/function-settings.ts';
import { memoryUse } from './memory-use.ts';

const host = functionHost(functionDefinitions.idle, process.env);
const opened = once(() => openServices(host));
const hostWatch = host.read(functionSettings.watch);

/** Called by `schedule`, asynchronously, with the worker that it announced. */
export async function handler(event: unknown, context: LambdaContext): Promise<HoldEnd> {
  const workerId = workerIn(event);
  const services = await opened();
  // Workers that were started together must not all hand over in the same minute.
  const drainMs = limits.handOverMs + Math.random() * limits.handOverSpreadMs;
  const isTimeUp = abortBeforeEnd(context, limits.functionReserveMs);
  isTimeUp.addEventListener('abort', breakOffConnections, { once: true });
  try {
    return await holdPartitions(services, {
      workerId,
      // Not the request's id: an event that is delivered twice has the same one.
      instance: randomUUID(),
      capacity: limits.workerSessions,
      memoryUse: () => memoryUse(Number(context.memoryLimitInMB)),
      connections: new Watchers(services),
      drainsAt: services.clock.now() + context.getRemainingTimeInMillis() - drainMs,
      isPolled: (watch) => isPolled(watch, hostWatch, 'idle-while-active', services.clock.now()),
      drain: abortBeforeEnd(context, drainMs),
      close: abortBeforeEnd(context, limits.workerCloseMs),
    });
  } finally {
    breakOffConnections();
    services.metrics.flush();
  }
}

function workerIn(event: unknown): string {
  const workerId = memberOf(event, 'workerId');
  if (typeof workerId === 'string' && workerId !== '') return workerId;
  throw new TypeError('an event without workerId');
}
