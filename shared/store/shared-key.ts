import type { Store } from './client.ts';
import { sharedKeyKey } from './keys.ts';
import { StoredItem } from './stored-item.ts';

/** The wrapped key that the accounts of a partition have in common; undefined until the first of them signs in. */
export async function getSharedKey(store: Store, partition: number): Promise<string | undefined> {
  const item = await store.get(sharedKeyKey(partition));
  return item && new StoredItem('shared key', item).text('k');
}

/** Keeps the first key that is made for a partition. Of two at once one is kept, and given to both. */
export async function keepSharedKey(store: Store, partition: number, wrapped: string): Promise<string> {
  const kept = await store.put(sharedKeyKey(partition), { k: wrapped }, { text: 'attribute_not_exists(pk)' });
  return kept ? wrapped : ((await getSharedKey(store, partition)) ?? wrapped);
}

/** For a rotation: what is wrapped from now on is wrapped under this one. */
export async function replaceSharedKey(store: Store, partition: number, wrapped: string): Promise<void> {
  await store.put(sharedKeyKey(partition), { k: wrapped });
}
