import { limits } from '../core/limits.ts';
import type { PendingWork, Watch } from '../store/items.ts';
import { listPartition } from '../store/partition.ts';
import { isPollDue } from './due.ts';
import type { Services } from './services.ts';

/** Which accounts a host polls: those whose mode, after the host's own setting, is not left to IDLE. */
export type TickOptions = { readonly isPolled: (watch: Watch) => boolean };

export type TickReport = {
  readonly accounts: number;
  readonly polls: number;
  readonly requeued: number;
  /** Items of the table that could not be read and were left out: each is a fault to look into. */
  readonly unreadableItems: number;
};

/**
 * The minute tick: queues the polls that are due, and brings back promised work whose queue message was lost or spent.
 * Reads each partition once and writes nothing; running it twice only wakes a worker in vain.
 */
export async function tick(services: Services, options: TickOptions): Promise<TickReport> {
  const now = services.clock.now();
  let accounts = 0;
  let requeued = 0;
  let unreadableItems = 0;
  const due: string[] = [];
  for (let partition = 0; partition < services.store.partitions; partition++) {
    const { watches, pending, unreadable } = await listPartition(services.store, partition, now);
    accounts += watches.length;
    unreadableItems += unreadable;
    for (const watch of watches) {
      if (options.isPolled(watch) && isPollDue(watch.accountId, watch.lastActivityAt, now))
        due.push(watch.accountId);
    }
    for (const work of pending) {
      if (work.notBeforeAt > now) continue;
      await requeue(services, work);
      requeued += 1;
    }
  }
  for (let start = 0; start < due.length; start += limits.pollBatch) {
    await services.queues.send('poll', { accountIds: due.slice(start, start + limits.pollBatch), at: now });
  }
  const report = { accounts, polls: due.length, requeued, unreadableItems };
  services.log.info('tick-ran', report);
  return report;
}

async function requeue(services: Services, work: PendingWork): Promise<void> {
  switch (work.kind) {
    case 'push':
      await services.queues.send('push', { accountId: work.accountId, id: work.id });
      return;
    case 'send':
      await services.queues.send(
        'send',
        { accountId: work.accountId, messageId: work.messageId },
        { group: work.accountId },
      );
      return;
  }
}
