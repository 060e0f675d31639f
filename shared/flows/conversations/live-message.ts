import type { Store } from '../../store/client.ts';
import type { Message } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';

/** How often a message is looked for where it was moved to: whoever moves it may be on his way. */
const hops = 4;

/** A message where it is now: a client may have moved it to another conversation, and its former ids go on working. */
export async function getLiveMessage(
  store: Store,
  accountId: string,
  at: { readonly conversationId: string; readonly key: string },
  now: number,
): Promise<Message | undefined> {
  let conversationId = at.conversationId;
  for (let hop = 0; hop < hops; hop++) {
    const message = await getMessage(store, accountId, conversationId, at.key, now);
    if (message?.movedTo === undefined) return message;
    conversationId = message.movedTo;
  }
  return undefined;
}
