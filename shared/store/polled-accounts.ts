import { accountOf } from './account.ts';
import type { Store } from './client.ts';
import type { Account, Watch } from './items.ts';
import { accountKey, type Key, partitionOf, watchKey } from './keys.ts';
import { type Item, StoredItemUnreadable } from './stored-item.ts';
import { watchOf } from './watch.ts';

export type PolledAccount = {
  readonly accountId: string;
  /** Undefined of an account that is not there, or not watched any more. */
  readonly stored: { readonly account: Account; readonly watch: Watch } | undefined;
  /** What is stored of it cannot be read. */
  readonly unreadable: StoredItemUnreadable | undefined;
};

/**
 * What a poll needs of its accounts, 50 to a request, in the order asked for. Consistent reads, as one by one: a password
 * that was stored just now is the one that is tried.
 */
export async function getPolledAccounts(
  store: Store,
  accountIds: readonly string[],
): Promise<PolledAccount[]> {
  const ids = [...new Set(accountIds)];
  const keysOf = (id: string) => [accountKey(id), watchKey(partitionOf(id, store.partitions), id)] as const;
  const items = await store.getAll(ids.flatMap(keysOf));
  const byKey = new Map(items.map((item) => [nameOf(item), item]));
  return ids.map((accountId) => {
    const [account, watch] = keysOf(accountId).map((key) => byKey.get(nameOf(key)));
    return polledAccount(accountId, account, watch);
  });
}

function polledAccount(accountId: string, account: Item | undefined, watch: Item | undefined): PolledAccount {
  const found = { accountId, stored: undefined, unreadable: undefined };
  if (account === undefined || watch === undefined) return found;
  try {
    return { ...found, stored: { account: accountOf(accountId, account), watch: watchOf(accountId, watch) } };
  } catch (error) {
    if (error instanceof StoredItemUnreadable) return { ...found, unreadable: error };
    throw error;
  }
}

function nameOf({ pk, sk }: Key | Item): string {
  return `${pk} ${sk}`;
}
