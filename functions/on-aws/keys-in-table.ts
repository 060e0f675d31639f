import type { SharedKeys } from '../../shared/keyring/kms-keyring.ts';
import type { Store } from '../../shared/store/client.ts';
import { partitionOf } from '../../shared/store/keys.ts';
import { getSharedKey, keepSharedKey } from '../../shared/store/shared-key.ts';

/** The keys that accounts have in common lie in the table, wrapped. */
export function keysInTable(store: Store): SharedKeys {
  return {
    partitionOf: (accountId) => partitionOf(accountId, store.partitions),
    get: (partition) => getSharedKey(store, partition),
    keep: (partition, wrapped) => keepSharedKey(store, partition, wrapped),
  };
}
