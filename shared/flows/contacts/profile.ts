import { type Card, cardHtml, emptyCard } from '../../address-book/card.ts';
import { profileMail, versionOf } from '../../address-book/profile-mail.ts';
import { newerFirst, readWholeMail, type WholeMail } from '../../address-book/stored-mail.ts';
import { type AddressBook, entriesOf, profileVersion, shortHash } from '../../coi/address-book.ts';
import { addressHash } from '../../coi/address-hash.ts';
import { contactRule } from '../../coi/contact-rules.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAddressBook, putAddressBook } from '../../store/address-book.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { newMail, tidy } from './change-contact.ts';
import {
  type ContactsFolder,
  replaceMails,
  wholeMails,
  withContacts,
  withContactsSoon,
} from './contacts-folder.ts';
import { refreshAddressBook } from './refresh-address-book.ts';

/** What the user shows of himself to everybody he writes to and knows. */
export type Profile = Pick<Card, 'name' | 'photo' | 'status'>;

/** @throws Fault `conflict` when it is encrypted by another client, or what connecting to the mailbox throws */
export async function getProfile(services: Services, account: Account): Promise<Profile> {
  return withContacts(
    services,
    account,
    'read',
    async (folder) => (await storedProfile(folder)).card ?? emptyCard,
  );
}

/**
 * Stores the profile for everybody. What is in it besides, and profiles for some only, stay as other clients wrote them.
 * Doing it again changes nothing.
 *
 * @param change.photo undefined leaves the picture as it is, null takes it away
 * @throws Fault `conflict` when it is encrypted by another client; `limit-reached` or `conflict` when the server refuses to
 * make the folder; or what connecting to the mailbox throws
 */
export async function putProfile(
  services: Services,
  account: Account,
  change: Pick<Card, 'name' | 'status'> & { readonly photo: Card['photo'] | null },
): Promise<Profile> {
  return withContacts(services, account, 'write', async (folder) => {
    const { mail, card: before } = await storedProfile(folder);
    const card: Card = {
      ...(before ?? { ...emptyCard, emails: [account.email] }),
      name: tidy(change.name),
      status: tidy(change.status),
      photo: change.photo === null ? undefined : (change.photo ?? before?.photo),
      other: (before?.other ?? []).filter(({ name }) => change.photo === undefined || name !== 'u-photo'),
    };
    if (before !== undefined && versionOf(card) === versionOf(before)) return before;
    const raw = profileMail(mail, card, newMail(services, account));
    await replaceMails(folder, mail === undefined ? [] : [mail], raw);
    await refreshAddressBook(folder);
    return readWholeMail(0, raw).card ?? card;
  });
}

async function storedProfile(
  folder: ContactsFolder,
): Promise<{ mail: WholeMail | undefined; card: Card | undefined }> {
  const [newest] = folder.mails.filter(({ kind }) => kind === 'profile').sort(newerFirst);
  const [mail] = newest === undefined ? [] : await wholeMails(folder.session, [newest]);
  if (newest !== undefined && (mail === undefined || mail.encrypted)) {
    throw new Fault(
      'conflict',
      'The profile in the mailbox is encrypted by another client, or too large. Change it there.',
    );
  }
  return { mail, card: mail?.card };
}

/** The own profile as a part of a message, and what to note when the message is on its way. */
export type ProfilePart = {
  /** The user's card as a block of HTML, to stand below the text in a `text/html` part with `Chat-Content: profile`. */
  readonly html: string;
  readonly version: string;
};

/**
 * The own profile for a message to these recipients: when all of them are contacts who are not blocked, and at least one
 * was not sent it as it is now (COI client spec, "User Profile Information Message Part"). A message is never held up by
 * it: without an address book it costs nothing, and when the mailbox cannot be read soon there is none this time.
 *
 * @param recipients addresses, without the account's own
 */
export async function profilePartFor(
  services: Services,
  account: Account,
  recipients: readonly string[],
): Promise<ProfilePart | undefined> {
  if (account.addressBookAt === undefined || recipients.length === 0) return undefined;
  const book = await getAddressBook(services.store, account.id);
  const version = book && profileVersion(book);
  if (book === undefined || version === undefined) return undefined;
  if (!recipients.every((recipient) => isFriend(book, recipient))) return undefined;
  if (recipients.every((recipient) => wasSent(book, recipient, version))) return undefined;
  const stored = await withContactsSoon(services, account, 'read', storedProfile);
  return stored?.card && { html: cardHtml(stored.card), version };
}

/** Notes that a message with the profile went to these recipients, so that the next one goes without. */
export async function noteProfileSent(
  services: Services,
  accountId: string,
  recipients: readonly string[],
  version: string,
): Promise<void> {
  const sent = recipients.map((recipient) => [keyOf(recipient), version] as const);
  for (let attempt = 0; attempt < limits.addressBookWriteAttempts; attempt++) {
    const book = await getAddressBook(services.store, accountId);
    if (book === undefined) return;
    const others = book.profileSent.filter(([key]) => !sent.some(([now]) => now === key));
    const profileSent = [...sent, ...others].slice(0, limits.profileSent);
    if ((await putAddressBook(services.store, { ...book, profileSent })) === 'written') return;
  }
  // Then they get it once more: not worth a fault.
}

function isFriend(book: AddressBook, address: string): boolean {
  return (
    entriesOf(book, address).length > 0 && contactRule(book, { from: address, mention: false }) !== 'blocked'
  );
}

function wasSent(book: AddressBook, address: string, version: string): boolean {
  return book.profileSent.some(([key, sent]) => key === keyOf(address) && sent === version);
}

const keyOf = (address: string) => shortHash(addressHash(address));
