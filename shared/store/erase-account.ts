import { getAccount } from './account.ts';
import type { Store } from './client.ts';
import { takeFromAccountTotal } from './count.ts';
import {
  accountKey,
  accountPk,
  accountPrefixes,
  conversationIdOf,
  conversationPk,
  emailKey,
  type Key,
  partitionOf,
  partitionPk,
  pendingWorkOfAccount,
  watchKey,
} from './keys.ts';

/**
 * Deletes everything that is stored of an account. Stop its watch first. Repeatable: the account itself goes last, so
 * that an erasure that broke off can be found and finished.
 *
 * @param unlisted ids of conversations that hold messages and have no item of their own
 */
export async function eraseAccount(
  store: Store,
  accountId: string,
  unlisted: readonly string[] = [],
): Promise<void> {
  const partition = partitionOf(accountId, store.partitions);
  await store.delete(watchKey(partition, accountId));
  await store.deleteAll(await keysOf(store, partitionPk(partition), pendingWorkOfAccount(accountId)));
  const account = accountKey(accountId);
  const own = (await keysOf(store, accountPk(accountId))).filter((key) => key.sk !== account.sk);
  const listed = own
    .filter((key) => key.sk.startsWith(accountPrefixes.conversation))
    .map((key) => conversationIdOf(key.sk));
  for (const conversationId of new Set([...listed, ...unlisted])) {
    await store.deleteAll(await keysOf(store, conversationPk(accountId, conversationId)));
  }
  await store.deleteAll(own);
  const stored = await getAccount(store, accountId);
  if (stored === undefined) return;
  // Unless the address was claimed anew by an erasure that broke off here and a sign-up after it.
  await store.delete(emailKey(stored.email), { text: 'a = :account', values: { ':account': accountId } });
  // A crash in between leaves the total one too high: the operator can see that, and set the limit one higher.
  if (await store.delete(account, { text: 'attribute_exists(pk)' })) await takeFromAccountTotal(store);
}

async function keysOf(store: Store, pk: string, beginning?: string): Promise<Key[]> {
  const range = { text: 'begins_with(sk, :beginning)', values: { ':beginning': beginning } };
  const items = await store.query({
    pk,
    ...(beginning === undefined ? {} : { range }),
    keysOnly: true,
    consistent: true,
  });
  return items.flatMap(({ sk }) => (typeof sk === 'string' ? [{ pk, sk }] : []));
}
