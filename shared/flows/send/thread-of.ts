import { createHash } from 'node:crypto';
import { domainOf } from '../../coi/addresses.ts';
import { threadGroupId } from '../../coi/conversation-ref.ts';
import { groupIdOf, isChatMessageId, newMessageId } from '../../coi/message-id.ts';
import { isQuotableId } from '../../smtp/compose-check.ts';
import type { Account, Conversation } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import { getOldestMessageId } from '../../store/oldest-message.ts';
import type { Services } from '../services.ts';

/**
 * The ids that a new mail refers to: the first and the last message of its conversation (COI client spec, "Message Header
 * Fields"), or in place of the last the one it answers.
 */
export async function threadOf(
  services: Services,
  account: Account,
  conversation: Conversation | undefined,
  answered: string | undefined,
): Promise<readonly string[]> {
  const key = conversation?.lastMessage?.key;
  if (conversation === undefined || key === undefined) return [];
  const { store, clock } = services;
  const [oldest, newest] = await Promise.all([
    getOldestMessageId(store, account.id, conversation.id),
    answered === undefined ? getMessage(store, account.id, conversation.id, key, clock.now()) : undefined,
  ]);
  const ids = [threadStart(account, conversation, oldest), answered ?? newest?.messageId];
  return ids.filter((id) => id !== undefined).filter(isQuotableId);
}

/**
 * Answers of ordinary mail programs are known for chat, and for this group's, by the first id they refer to. Where other
 * chat clients began the thread, their ids do not tell; it then starts with an id that does, always the same one.
 */
function threadStart(
  { email }: Account,
  { id, groupId }: Conversation,
  oldest: string | undefined,
): string | undefined {
  if (oldest === undefined || threadGroupId(oldest) === id) return oldest;
  if (isChatMessageId(oldest) && groupIdOf(oldest) === groupId) return oldest;
  const random = createHash('sha256').update(`thread ${email} ${id}`).digest();
  return newMessageId({ random, domain: domainOf(email), groupId });
}
