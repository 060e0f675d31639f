import type { Store } from './client.ts';
import type { Message } from './items.ts';
import { messageKeyOf } from './keys.ts';

/** Forgets what is kept of a message in one conversation. */
export async function forgetMessage(
  store: Store,
  { accountId, conversationId, key }: Pick<Message, 'accountId' | 'conversationId' | 'key'>,
): Promise<void> {
  await store.delete(messageKeyOf(accountId, conversationId, key));
}
