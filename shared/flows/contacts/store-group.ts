import { emptyCard } from '../../address-book/card.ts';
import { type GroupCard, groupPage } from '../../address-book/group-card.ts';
import { newerFirst, type WholeMail } from '../../address-book/stored-mail.ts';
import { groupMail } from '../../address-book/write-mail.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Conversation } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { newMail } from './change-contact.ts';
import { type ContactsFolder, replaceMails, wholeMails, withContactsSoon } from './contacts-folder.ts';
import { refreshAddressBook } from './refresh-address-book.ts';

/**
 * Stores a group with its members and whether it may ring, for the user's other clients (COI client spec, "Group Storage
 * Message"). Only where the mailbox has an address book: nobody's folders are made for it. What cannot be stored now is left
 * to the next change; here it holds all the same.
 */
export async function storeGroup(
  services: Services,
  account: Account,
  conversation: Conversation,
): Promise<void> {
  if (account.addressBookAt === undefined || conversation.groupId === undefined) return;
  const done = await withContactsSoon(services, account, 'write', async (folder) => {
    await store(folder, conversation);
    return true;
  });
  if (done === undefined) services.log.warn('group-not-stored', { account: account.id });
}

async function store(folder: ContactsFolder, conversation: Conversation): Promise<void> {
  if (folder.path === undefined) return;
  const groups = folder.mails.filter(({ kind, encrypted }) => kind === 'group' && !encrypted);
  const stored = (await wholeMails(folder.session, groups))
    .filter(({ group }) => group?.id === conversation.groupId)
    .sort(newerFirst);
  const card = cardOf(conversation, stored, folder.services.clock.now());
  const [newest] = stored;
  if (newest?.group !== undefined && groupPage(newest.group) === groupPage(card)) return;
  await replaceMails(folder, stored, groupMail(stored, card, newMail(folder.services, folder.account)));
  await refreshAddressBook(folder);
}

/** A mute until some time is not stored: the form has no place for it. */
function cardOf(conversation: Conversation, stored: readonly WholeMail[], now: number): GroupCard {
  const before = stored[0]?.group;
  const isMutedForGood = (conversation.mutedUntil ?? 0) > now + limits.lastingMuteMs;
  const known = (address: string) =>
    before?.participants.find(({ emails }) => emails.some((email) => email.toLowerCase() === address));
  return {
    id: conversation.groupId,
    name: conversation.title,
    description: before?.description,
    photo: before?.photo,
    notification: {
      types: [],
      sounds: [],
      other: [],
      ...before?.notification,
      enabled: !isMutedForGood,
      filters: conversation.mentionOnly ? ['mention'] : [],
    },
    participants: conversation.participants.map(
      ({ address, name }) => known(address) ?? { ...emptyCard, name, emails: [address] },
    ),
  };
}
