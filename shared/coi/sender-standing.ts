import { limits } from '../core/limits.ts';
import type { AddressBook } from './address-book.ts';
import { entriesOf, entriesWith } from './address-book.ts';
import type { ConversationState } from './conversation-state.ts';
import { timeOfKey } from './message-key.ts';

/** Whether messages of people whom the account does not know ring: each, one in a day, or none. */
export type UnknownSenders = 'all' | 'once' | 'none';

/**
 * What an account knows of a sender. `new`: nothing, and nothing was heard from there for a day; `unknown`: nothing, and it
 * is not the first message of a day.
 */
export type SenderStanding = 'known' | 'new' | 'unknown';

/**
 * Known is whoever is in the address book, himself or the group he writes to, and whoever the account has written to in
 * this conversation. For somebody unknown in a group, its other unknown members count as himself: a group of strangers rings
 * once. Says the same of a message however often it is asked, and whatever came after it.
 *
 * @param key of the message
 */
export function senderStanding(
  conversation: Pick<ConversationState, 'answered' | 'recent'> | undefined,
  book: AddressBook | undefined,
  message: { readonly key: string; readonly from: string; readonly groupId?: string | undefined },
): SenderStanding {
  if (conversation?.answered === true) return 'known';
  if (book !== undefined && isInBook(book, message)) return 'known';
  const since = timeOfKey(message.key) - limits.unknownSenderMs;
  const isHeardOf = conversation?.recent.some((key) => key < message.key && timeOfKey(key) > since);
  return isHeardOf === true ? 'unknown' : 'new';
}

function isInBook(
  book: AddressBook,
  { from, groupId }: { readonly from: string; readonly groupId?: string | undefined },
): boolean {
  if (entriesOf(book, from).length > 0) return true;
  return groupId !== undefined && entriesWith(book, 'group', groupId).length > 0;
}
