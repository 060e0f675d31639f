import type { QueueName } from '../queue/queue-definitions.ts';
import type { SendOptions } from '../queue/queues.ts';
import type { PushMessage, SendMessage } from './queue-messages.ts';
import type { TickServices } from './services.ts';

/**
 * Wakes who does work that is recorded in the table. Never throws: where the queue does not take it, the minute tick finds
 * the work by itself, and whoever recorded it goes on with what else there is to do.
 */
export async function wakeQueue(
  { queues, log }: Pick<TickServices, 'queues' | 'log'>,
  queue: Extract<QueueName, 'push' | 'send'>,
  message: PushMessage | SendMessage,
  options: SendOptions = {},
): Promise<void> {
  try {
    await queues.send(queue, message, options);
  } catch (error) {
    log.warn('queue-not-woken', { queue, cause: error instanceof Error ? error.name : 'unknown' });
  }
}
