import type { Store } from './client.ts';
import { conversationPk } from './keys.ts';
import { StoredItem } from './stored-item.ts';

/** The Message-ID of the oldest message that is kept of a conversation: where its thread begins. */
export async function getOldestMessageId(
  store: Store,
  accountId: string,
  conversationId: string,
): Promise<string | undefined> {
  const [item] = await store.query({
    pk: conversationPk(accountId, conversationId),
    limit: 1,
    consistent: false,
  });
  return item && new StoredItem('message', item).text('m');
}
