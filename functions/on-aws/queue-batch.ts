import { systemClock } from '../../shared/core/clock.ts';
import { limits } from '../../shared/core/limits.ts';
import { memberOf } from '../../shared/core/outside-data.ts';
import type { TickServices } from '../../shared/flows/services.ts';
import { breakOffConnections } from '../../shared/net/connect.ts';
import { abortBeforeEnd, type LambdaContext } from './lambda-context.ts';

/** The messages that are to come again; the others are deleted by Lambda (its guide, "Reporting batch item failures"). */
export type BatchReply = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

export type QueueRecord = {
  readonly id: string;
  readonly body: string;
  /** How often it was delivered, this time included. */
  readonly receives: number;
  /** Of a FIFO queue: messages of one group are handled one after the other. */
  readonly group: string | undefined;
};

/**
 * Deals with the messages of one event, each on its own: one that fails comes again, and the others do not. In a FIFO
 * group nothing is done after a failure, so that the order is kept. Before Lambda ends the process, what is not done yet
 * is given back, and every connection to a mail server is closed.
 */
export async function handleBatch(
  { log, metrics }: Pick<TickServices, 'log' | 'metrics'>,
  event: unknown,
  context: LambdaContext,
  handle: (body: unknown, signal: AbortSignal) => Promise<void>,
): Promise<BatchReply> {
  const records = parseRecords(event);
  const undone = new Set(records.map(({ id }) => id));
  const timeUp = abortBeforeEnd(context, limits.functionReserveMs);
  timeUp.addEventListener('abort', breakOffConnections, { once: true });

  async function inOrder(group: readonly QueueRecord[]): Promise<void> {
    for (const { id, body, receives } of group) {
      if (timeUp.aborted) return;
      try {
        await handle(JSON.parse(body), timeUp);
        undone.delete(id);
      } catch (error) {
        // By the error's name alone: its text may hold what was in the message.
        const cause = error instanceof Error ? error.name : 'unknown';
        log.warn('queue-message-failed', { id, receives, cause });
        return;
      }
    }
  }

  try {
    await Promise.race([Promise.all(groupsOf(records).map(inOrder)), untilGivenUp(timeUp)]);
    return { batchItemFailures: [...undone].map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    breakOffConnections();
    metrics.flush();
  }
}

/** Some moments after time was up: work whose connections are gone ends by itself until then. */
async function untilGivenUp(timeUp: AbortSignal): Promise<void> {
  await systemClock.sleep(2 ** 31 - 1, timeUp);
  await systemClock.sleep(limits.functionGraceMs);
}

function groupsOf(records: readonly QueueRecord[]): QueueRecord[][] {
  const groups = new Map<string, QueueRecord[]>();
  for (const record of records) {
    const key = record.group === undefined ? `alone ${record.id}` : `group ${record.group}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()];
}

/** @throws TypeError for an event that no queue sent */
function parseRecords(event: unknown): QueueRecord[] {
  const records = memberOf(event, 'Records');
  if (!Array.isArray(records)) throw new TypeError('an event without Records');
  return records.map((record: unknown) => {
    const attributes = memberOf(record, 'attributes');
    const [id, body] = [memberOf(record, 'messageId'), memberOf(record, 'body')];
    const group = memberOf(attributes, 'MessageGroupId');
    if (typeof id !== 'string' || typeof body !== 'string') throw new TypeError('a record that is none');
    return {
      id,
      body,
      receives: Number(memberOf(attributes, 'ApproximateReceiveCount') ?? 1),
      group: typeof group === 'string' ? group : undefined,
    };
  });
}
