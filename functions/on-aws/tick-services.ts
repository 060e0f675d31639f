import { systemClock } from '../../shared/core/clock.ts';
import type { TickServices } from '../../shared/flows/services.ts';
import { emfMetrics } from '../../shared/logging/emf-metrics.ts';
import { pinoLog } from '../../shared/logging/pino-log.ts';
import { openQueues } from '../../shared/queue/queues.ts';
import { openStore } from '../../shared/store/client.ts';
import { functionSettings } from '../settings/function-settings.ts';
import type { FunctionHost } from './function-host.ts';

/** What every function works with: the table, the queues it is told of, log and metrics. Made once per process. */
export function openTickServices({ read, reads }: FunctionHost): TickServices {
  const log = pinoLog(read(functionSettings.logLevel));
  const { pollQueueUrl, pushQueueUrl, sendQueueUrl } = functionSettings;
  return {
    clock: systemClock,
    log,
    metrics: emfMetrics(read(functionSettings.metricsNamespace)),
    store: openStore({
      tableName: read(functionSettings.tableName),
      partitions: read(functionSettings.partitions),
    }),
    queues: openQueues({
      urls: {
        ...(reads(pollQueueUrl) ? { poll: read(pollQueueUrl) } : {}),
        ...(reads(pushQueueUrl) ? { push: read(pushQueueUrl) } : {}),
        ...(reads(sendQueueUrl) ? { send: read(sendQueueUrl) } : {}),
      },
      log,
    }),
  };
}
