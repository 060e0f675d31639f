import type { AddressBook } from '../../coi/address-book.ts';
import { type Alert, type AlertingMail, alertFor, type Quiet, type Silence } from '../../coi/alert.ts';
import { contactRule } from '../../coi/contact-rules.ts';
import { senderStanding } from '../../coi/sender-standing.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';

/** What is known when it is decided whether messages of one conversation ring. */
export type AlertSurroundings = {
  readonly account: Pick<Account, 'settings'>;
  readonly book: AddressBook | undefined;
  /** Undefined for ordinary mail, and for one that is not made yet. */
  readonly conversation: Conversation | undefined;
  readonly groupId: string | undefined;
  readonly now: number;
};

/** Whether, how and when a message rings, `mail` being what is known of it beside what is stored. */
export function alertOf(
  { account, book, conversation, groupId, now }: AlertSurroundings,
  message: Pick<Message, 'key' | 'from' | 'mention'>,
  mail: AlertingMail,
): Alert | Quiet | Silence {
  const from = message.from.address;
  return alertFor(mail, {
    now,
    mutedUntil: conversation?.mutedUntil,
    mentionOnly: conversation?.mentionOnly ?? false,
    contact: book === undefined ? 'normal' : contactRule(book, { from, groupId, mention: message.mention }),
    sender: senderStanding(conversation, book, { key: message.key, from, groupId }),
    unknownSenders: account.settings.unknownSenders,
    quietHours: account.settings.quietHours,
  });
}

/** The same of a message that was stored before: what was read or deleted meanwhile rings no more. */
export function alertOfStored(surroundings: AlertSurroundings, message: Message): Alert | Quiet | Silence {
  const seenUpTo = surroundings.conversation?.seenUpTo;
  const isSeen = message.seen || (seenUpTo !== undefined && message.key <= seenUpTo);
  return alertOf(surroundings, message, {
    class: classOfStored(message),
    seen: isSeen || message.fold.deletedAt !== undefined,
    receivedAt: message.receivedAt,
    mention: message.mention,
    call: message.kind === 'call',
  });
}

function classOfStored({ own, kind, fold }: Message): AlertingMail['class'] {
  if (own) return 'own';
  if (kind === 'mail') return 'mail';
  return fold.hidden || eventKinds.has(kind) ? 'event' : 'chat';
}

/** What happens to a group or a message, and rings nobody when it comes either. */
const eventKinds: ReadonlySet<string> = new Set([
  ...['group-left', 'group-info', 'member-added', 'member-removed'],
  ...['pin', 'unpin', 'call-accepted', 'call-ended', 'poll-vote'],
]);
