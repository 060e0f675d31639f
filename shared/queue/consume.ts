import type { Message } from '@aws-sdk/client-sqs';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { type Log, silentLog } from '../core/log.ts';
import type { QueueName } from './queue-definitions.ts';

export type Delivery = {
  readonly id: string;
  /** How often this message was delivered, this time included. */
  readonly receives: number;
  /** Aborts when the consumer is to stop. */
  readonly signal: AbortSignal;
};

/** Does what one message asks for. Throwing leaves the message in its queue. Messages may come more than once. */
export type Handler = (body: unknown, delivery: Delivery) => Promise<void>;

export type ConsumeOptions = {
  readonly signal: AbortSignal;
  /** Messages handled at the same time. */
  readonly concurrency?: number;
  readonly log?: Log;
  readonly clock?: Clock;
};

type Source = {
  readonly name: QueueName;
  receive(signal: AbortSignal): Promise<Message | undefined>;
  delete(receipt: string): Promise<void>;
};

/**
 * Independent lanes, each receiving one message at a time: a slow message holds up one lane, and the order within a FIFO
 * group is the queue's own doing.
 */
export async function consume(source: Source, handler: Handler, options: ConsumeOptions): Promise<void> {
  const { concurrency = limits.queueLanes } = options;
  await Promise.all(Array.from({ length: concurrency }, () => lane(source, handler, options)));
}

async function lane(source: Source, handler: Handler, options: ConsumeOptions): Promise<void> {
  const { signal, log = silentLog, clock = systemClock } = options;
  let failures = 0;
  while (!signal.aborted) {
    let message: Message | undefined;
    try {
      message = await source.receive(signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      log.warn('queue-message-failed', { queue: source.name, step: 'receive', cause: nameOf(error) });
      await clock.sleep(Math.min(limits.queuePauseMaxMs, limits.queuePauseMinMs * 2 ** failures), signal);
      continue;
    }
    if (message !== undefined) await handle(source, handler, message, { signal, log });
  }
}

/** Logs what fails by the error's name alone: its text may hold what was in the message. */
async function handle(
  source: Source,
  handler: Handler,
  message: Message,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<void> {
  const id = message.MessageId ?? '';
  const receives = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
  try {
    const body: unknown = JSON.parse(message.Body ?? '');
    await handler(body, { id, receives, signal });
    await source.delete(message.ReceiptHandle ?? '');
  } catch (error) {
    log.warn('queue-message-failed', { queue: source.name, id, receives, cause: nameOf(error) });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
