import { firstFold } from '../../coi/kept-message.ts';
import { Fault, invalidField } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation, touchConversation } from '../../store/conversation.ts';
import type { Account, Message } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import {
  putMovedMessage,
  setMessageMovedTo,
  setMessageMoves,
  setMessageTold,
} from '../../store/message-told.ts';
import { tellNews } from '../changes/tell-news.ts';
import { recordMessages } from '../receive/record-messages.ts';
import type { Services } from '../services.ts';
import { getLiveMessage } from './live-message.ts';

/** What a client found when it decrypted a message; what it does not say stays. */
export type ToldOfMessage = {
  readonly conversation?: string | undefined;
  readonly kind?: string | undefined;
  /** It has no words for people: a receipt, a synchronisation. */
  readonly silent?: boolean | undefined;
};

/**
 * Notes what only a client can know of an encrypted message, and makes the conversations anew that it concerns: what is
 * unread, what was said last. The mail's coming again undoes nothing of it. Saying the same again changes nothing, and
 * finishes what a process left undone that died over it.
 *
 * @returns the message as it is now, with another id where it was moved
 * @throws Fault `not-found`, `invalid-request` for a conversation that is none of the account's, `limit-reached` when it was
 * moved too often, or `conflict`: it is not encrypted, or others keep changing the same
 */
export async function tellOfMessage(
  services: Services,
  account: Account,
  at: { readonly conversationId: string; readonly key: string },
  told: ToldOfMessage,
): Promise<Message> {
  const { store, clock } = services;
  const now = clock.now();
  const live = await getLiveMessage(store, account.id, at, now);
  if (live === undefined) throw new Fault('not-found', 'This account has no such message.');
  if (!live.encrypted) {
    const text = 'This message is not encrypted: what it is and where it belongs is read from it.';
    throw new Fault('conflict', text);
  }
  const target = told.conversation ?? live.conversationId;
  if (
    target !== live.conversationId &&
    (await getConversation(store, account.id, target, now)) === undefined
  ) {
    throw invalidField('conversation', 'is no conversation of this account');
  }
  const { kind = live.kind, silent = live.silent ?? false } = told;
  const message: Message = { ...live, kind, silent };
  const isNew = kind !== live.kind || silent !== (live.silent ?? false);
  if (isNew) await setMessageTold(store, live, { kind, silent });
  const places = told.conversation === undefined ? [target] : await move(services, message, target);
  const isMoved = target !== live.conversationId;
  const remade = await Promise.all(places.map((id) => remake(services, account, id)));
  // Where the conversation is the same, clients are to look at the message all the same.
  if (isNew && !isMoved && !remade.includes('changed'))
    await touchConversation(store, account.id, target, now);
  if (isNew || isMoved || remade.includes('changed')) await tellNews(services, account.id);
  const moved = { conversationId: target, key: live.key };
  return (await getLiveMessage(store, account.id, moved, now)) ?? { ...message, conversationId: target };
}

/**
 * Moves a message. The one that its mail is known by stays where it was, for the mail to be known again, and says first
 * where it is to be: of several who move it at once, one is the last.
 *
 * @returns the conversations that it may have been in until now
 */
async function move(services: Services, message: Message, target: string): Promise<string[]> {
  const { store, clock } = services;
  const { accountId, key } = message;
  const home = message.home ?? message.conversationId;
  const known = await getMessage(store, accountId, home, key, clock.now());
  if (known === undefined) throw new Fault('not-found', 'This account has no such message.');
  const before = known.moves ?? [];
  const moves = (before.at(-1) ?? home) === target ? before : [...before, target];
  if (moves.length > limits.messageMoves) {
    throw new Fault('limit-reached', 'This message was moved too often.');
  }
  if (moves !== before && (await setMessageMoves(store, known, moves)) === 'stale') {
    throw new Fault('conflict', 'Another device moves this message. Try again.');
  }
  const places = [...new Set([home, ...moves])];
  if (target !== message.conversationId) {
    const { movedTo: _, moves: __, home: ___, ...plain } = message;
    const isHome = target === home;
    await putMovedMessage(store, {
      ...plain,
      conversationId: target,
      fold: firstFold(plain),
      ...(isHome ? { moves } : { home }),
    });
  }
  for (const place of places)
    if (place !== target) await setMessageMovedTo(store, { accountId, conversationId: place, key }, target);
  return places;
}

/** Ordinary mail is in no conversation, and one that was forgotten has nothing to show. */
async function remake(services: Services, account: Account, id: string): Promise<'changed' | 'same'> {
  const conversation = await getConversation(services.store, account.id, id, services.clock.now());
  if (conversation === undefined) return 'same';
  const made = await recordMessages(services, account, conversation, [], Promise.resolve(conversation));
  return made.conversation === conversation ? 'same' : 'changed';
}
