import type { Store } from './client.ts';
import type { Lease, PendingWork, Watch } from './items.ts';
import { isPendingWorkKey, leaseSk, partitionPk, watchedAccountOf } from './keys.ts';
import { leaseOf } from './lease.ts';
import { pendingWorkOf } from './pending-work.ts';
import { isExpired, StoredItem, StoredItemUnreadable } from './stored-item.ts';
import { watchOf } from './watch.ts';

export type PartitionContent = {
  readonly watches: readonly Watch[];
  readonly pending: readonly PendingWork[];
  /** Who holds its connections; undefined when nobody ever did. */
  readonly lease: Lease | undefined;
  /** Items that could not be read. They are left out, so that one account's trouble is not everybody's. */
  readonly unreadable: number;
};

/**
 * Everything a minute tick needs to know of one partition, by one Query. Eventually consistent, at half the price: each
 * partition is read each minute, and a cursor that is a moment old only makes a condition fail later on.
 */
export async function listPartition(store: Store, partition: number, now: number): Promise<PartitionContent> {
  const watches: Watch[] = [];
  const pending: PendingWork[] = [];
  let lease: Lease | undefined;
  let unreadable = 0;
  for (const item of await store.query({ pk: partitionPk(partition), consistent: false })) {
    if (isExpired(item, now)) continue;
    try {
      const sk = new StoredItem('partition', item).text('sk');
      if (sk === leaseSk) lease = leaseOf(partition, item);
      else if (isPendingWorkKey(sk)) pending.push(pendingWorkOf(item));
      else watches.push(watchOf(watchedAccountOf(sk), item));
    } catch (error) {
      if (!(error instanceof StoredItemUnreadable)) throw error;
      unreadable += 1;
    }
  }
  return { watches, pending, lease, unreadable };
}
