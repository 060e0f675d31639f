import { limits } from '../../core/limits.ts';
import type { Account, Conversation } from '../../store/items.ts';
import { listMessages } from '../../store/message.ts';
import type { Services } from '../services.ts';

/** Within a second, others say no more in between. */
const messagesLooked = 5;

/** When a message counts as sent, in ms, both in whole seconds. */
export type SendingTime = {
  /** INTERNALDATE of its copy, which must come back with the same time, and so the same key. */
  readonly sentAt: number;
  /** Its `Date` field. */
  readonly date: number;
};

/**
 * The time for a message of now. Of several within one second, each has a `Date` that is a second later than the one before,
 * unless that runs too far ahead: else their order would be left to chance, and so would which of two edits or reactions
 * counts, here and in every other client.
 */
export async function sendingTime(
  { store, clock }: Services,
  account: Account,
  conversation: Conversation | undefined,
): Promise<SendingTime> {
  const now = clock.now();
  const sentAt = Math.floor(now / 1000) * 1000;
  if (conversation === undefined) return { sentAt, date: sentAt };
  const page = { limit: messagesLooked, before: undefined, now };
  const { messages } = await listMessages(store, account.id, conversation.id, page);
  const before = messages.find(({ own }) => own);
  const next = before === undefined ? sentAt : (before.date ?? before.receivedAt) + 1000;
  return { sentAt, date: next > sentAt && next <= now + limits.sendAheadMs ? next : sentAt };
}
