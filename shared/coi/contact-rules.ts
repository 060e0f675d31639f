import { type AddressBook, entriesOf, entriesWith } from './address-book.ts';

export type ContactRule = 'blocked' | 'muted' | 'normal';

/**
 * What the address book says about a message: a blocked sender is never told of; a muted sender or group is told of only
 * when it mentions the user (COI client spec, "Blocking Contacts", `p-notification`, "Mentions"). Where several mails
 * speak of one contact, any of them blocks, as servers have it, and the newest that says so mutes.
 */
export function contactRule(
  book: AddressBook,
  message: {
    readonly from: string;
    /** Of the group it was sent to, if any. */
    readonly groupId?: string | undefined;
    readonly mention: boolean;
  },
): ContactRule {
  const sender = entriesOf(book, message.from);
  if (sender.some(({ blocked }) => blocked)) return 'blocked';
  const group = message.groupId === undefined ? [] : entriesWith(book, 'group', message.groupId);
  const isMuted = [sender, group].some(
    (entries) => entries.find(({ muted }) => muted !== undefined)?.muted === true,
  );
  return isMuted && !message.mention ? 'muted' : 'normal';
}
