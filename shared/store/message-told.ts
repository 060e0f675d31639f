import type { Store } from './client.ts';
import type { Message } from './items.ts';
import { messageKeyOf } from './keys.ts';
import { itemOfMessage } from './message-item.ts';

/** What only a client can know of a message, after it decrypted it. What arrives again of its mail changes none of it. */

type Named = Pick<Message, 'accountId' | 'conversationId' | 'key'>;

const isThere = { text: 'attribute_exists(pk)' };

/** Notes what a message is, and whether it is one for people. Does nothing when it is gone. */
export async function setMessageTold(
  store: Store,
  message: Named,
  { kind, silent }: Pick<Message, 'kind'> & { readonly silent: boolean },
): Promise<void> {
  const values = { ':kind': kind };
  await store.update(
    keyOf(message),
    silent
      ? { text: 'SET k = :kind, si = :yes, h = :yes', values: { ...values, ':yes': true } }
      : { text: 'SET k = :kind REMOVE si, h', values },
    isThere,
  );
}

/**
 * Notes on the message that its mail is known by where it is to be from now on. `stale` when somebody else moved it
 * meanwhile, or it is gone.
 */
export async function setMessageMoves(
  store: Store,
  message: Message,
  moves: readonly string[],
): Promise<'written' | 'stale'> {
  const before = message.moves?.join(' ');
  const written = await store.update(
    keyOf(message),
    { text: 'SET mv = :moves', values: { ':moves': moves.join(' '), ':before': before } },
    before === undefined
      ? { text: 'attribute_exists(pk) AND attribute_not_exists(mv)' }
      : { text: 'mv = :before' },
  );
  return written ? 'written' : 'stale';
}

/** Puts a message into a conversation that it is moved to, over what may be left there of it. */
export async function putMovedMessage(store: Store, message: Message): Promise<void> {
  await store.put(keyOf(message), itemOfMessage(message));
}

/** Leaves a sign in place of a message: that it is in another conversation. Does nothing where there is none. */
export async function setMessageMovedTo(store: Store, message: Named, movedTo: string): Promise<void> {
  await store.update(
    keyOf(message),
    { text: 'SET mt = :to, h = :yes', values: { ':to': movedTo, ':yes': true } },
    isThere,
  );
}

function keyOf({ accountId, conversationId, key }: Named) {
  return messageKeyOf(accountId, conversationId, key);
}
