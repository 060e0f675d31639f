import { applySeen } from '../../coi/conversation-state.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation, putConversation } from '../../store/conversation.ts';
import type { Conversation, Message } from '../../store/items.ts';
import { listMessagesBetween } from '../../store/message.ts';
import { tellNews } from '../changes/tell-news.ts';
import type { Services } from '../services.ts';

/**
 * Notes that a conversation was read up to a message, and counts what is left. `known`: somebody else noted it first.
 *
 * @throws Fault `not-found`, or `conflict` when others keep writing to the conversation
 */
export async function noteSeen(
  services: Services,
  conversation: Conversation,
  upTo: string,
): Promise<{ readonly kind: 'noted' | 'known'; readonly conversation: Conversation }> {
  let stored = conversation;
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const left = (await unreadBetween(services, stored, upTo, lastKey))
      .filter(isShown)
      .filter(isCountedIn(stored));
    const now = services.clock.now();
    const changed = applySeen(stored, upTo, left.length, now);
    if ((await putConversation(services.store, changed, now)) === 'written') {
      await tellNews(services, conversation.accountId);
      return { kind: 'noted', conversation: changed };
    }
    const again = await getConversation(services.store, conversation.accountId, conversation.id, now);
    if (again === undefined) throw new Fault('not-found', 'There is no such conversation.');
    if (again.seenUpTo !== undefined && again.seenUpTo >= upTo) return { kind: 'known', conversation: again };
    stored = again;
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}

/** Edits and reactions are flagged in the mailbox like all mail, but nobody reads them by themselves. */
function isShown({ fold }: Message): boolean {
  return !fold.hidden && fold.deletedAt === undefined;
}

/**
 * A message is stored first and counted into its conversation after; one that is between the two now will add itself,
 * and must not be counted here as well. Of what fell out of `recent` everything was counted in.
 */
function isCountedIn({ recent }: Conversation): (message: Message) => boolean {
  const keys = new Set(recent);
  const oldest = recent.length < limits.recentKeys ? '' : ([...recent].sort()[0] ?? '');
  return (message) => keys.has(message.key) || message.key < oldest;
}

/** Sorts after every message key. */
const lastKey = '~';

/** Unread messages after one key up to another, at most `limits.seenMessages` of the newest. */
export async function unreadBetween(
  services: Services,
  conversation: Conversation,
  after: string | undefined,
  upTo: string,
): Promise<Message[]> {
  const messages = await listMessagesBetween(services.store, conversation.accountId, conversation.id, {
    after,
    upTo,
    limit: limits.seenMessages,
    now: services.clock.now(),
  });
  return messages.filter(({ own, seen, movedTo }) => !own && !seen && movedTo === undefined);
}
