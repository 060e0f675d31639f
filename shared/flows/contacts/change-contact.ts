import { randomBytes } from 'node:crypto';
import { type Card, emptyCard } from '../../address-book/card.ts';
import { type Contact, contactOf } from '../../address-book/contact.ts';
import { readWholeMail, type StoredMail, type WholeMail } from '../../address-book/stored-mail.ts';
import { contactMail, type NewMail, withBlocked } from '../../address-book/write-mail.ts';
import { addressHash } from '../../coi/address-hash.ts';
import { domainOf } from '../../coi/addresses.ts';
import { newMessageId } from '../../coi/message-id.ts';
import { Fault, invalidField } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { mailsOf } from './contacts.ts';
import {
  type ContactsFolder,
  contactsIn,
  replaceMails,
  wholeMails,
  withContacts,
} from './contacts-folder.ts';
import { refreshAddressBook } from './refresh-address-book.ts';

/** What a client says about a contact; what it leaves out stays, and `null` takes away. */
export type ContactChange = Pick<Card, 'name' | 'nickname' | 'emails' | 'categories' | 'birthday'> & {
  readonly notification:
    | Pick<NonNullable<Card['notification']>, 'enabled' | 'types' | 'sounds' | 'filters'>
    | undefined;
  readonly photo: Card['photo'] | null;
  readonly blocked: boolean | undefined;
};

export type ChangedContact = {
  readonly contact: Contact;
  readonly isNew: boolean;
  /** The mail server could not remove what was there before: it is marked as deleted until the folder is emptied. */
  readonly oldKept: boolean;
};

/**
 * Stores a contact in place of what is there of it. The properties and header fields of other clients stay. Doing it again
 * changes nothing.
 *
 * @param hash that of one of the addresses
 * @throws Fault `invalid-request` when no address has the hash; `conflict` when an address belongs to another contact, or
 * the contact is encrypted; `limit-reached`; or what connecting to the mailbox throws
 */
export async function putContact(
  services: Services,
  account: Account,
  hash: string,
  change: ContactChange,
): Promise<ChangedContact> {
  const hashes = [...new Set(change.emails.map(addressHash))];
  if (!hashes.includes(hash)) {
    throw invalidField('addresses', 'must hold the address whose hash is in the URL');
  }
  return withContacts(services, account, 'write', async (folder) => {
    const stored = mailsOf(folder, hash);
    requireRoom(folder, stored, hashes);
    const whole = await wholeMails(folder.session, stored);
    const before = contactOf(stored, whole);
    if (stored.length > 0 && before.sealed) {
      throw new Fault(
        'conflict',
        'This contact is encrypted by another client, or too large: only blocking can be changed here. Change it there, or delete it first.',
      );
    }
    const readable = readableOf(whole);
    const card = cardWith(before.card, change);
    const blocked = change.blocked ?? before.blocked;
    const isSame =
      readable.length === 1 &&
      blocked === before.blocked &&
      sameTexts(before.hashes, hashes) &&
      JSON.stringify(card) === JSON.stringify(before.card);
    if (stored.length > 0 && isSame) return { contact: before, isNew: false, oldKept: false };
    const raw = contactMail(readable, { card, hashes, blocked }, newMail(services, account));
    const removal = await replaceMails(folder, readable, raw);
    const sealed = await changeSealed(folder, whole, blocked);
    await refreshAddressBook(folder);
    return {
      contact: contactOf([...sealed.mails, readWholeMail(0, raw)], [readWholeMail(0, raw)]),
      isNew: stored.length === 0,
      oldKept: removal === 'flagged' || sealed.oldKept,
    };
  });
}

/**
 * Blocks or unblocks what is stored of a contact, in the open folder: a mail that stands alone stays as it is but for that
 * one field; several that can be read become one. Encrypted ones stay apart.
 */
export async function setBlocked(
  folder: ContactsFolder,
  stored: readonly StoredMail[],
  blocked: boolean,
): Promise<ChangedContact> {
  const { services, account, session } = folder;
  const whole = await wholeMails(session, stored);
  if (whole.length < stored.length) {
    throw new Fault('limit-reached', 'What is stored of this contact is too large to be changed here.');
  }
  const before = contactOf(stored, whole);
  const readable = readableOf(whole);
  const raw = blockedMail(readable, before, blocked, newMail(services, account));
  const removal = raw === undefined ? 'expunged' : await replaceMails(folder, readable, raw);
  const sealed = await changeSealed(folder, whole, blocked);
  await refreshAddressBook(folder);
  const after = [...sealed.mails, ...(raw === undefined ? readable : [readWholeMail(0, raw)])];
  return { contact: contactOf(after, after), isNew: false, oldKept: removal === 'flagged' || sealed.oldKept };
}

/** Undefined when nothing is to be changed. */
function blockedMail(
  readable: readonly WholeMail[],
  { card, hashes }: Contact,
  blocked: boolean,
  facts: NewMail,
): Buffer | undefined {
  const [first, second] = readable;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    // What is put together is found by all addresses in it, also where a client had left their hashes out.
    const all = [...new Set([...card.emails.map(addressHash), ...hashes])];
    return contactMail(readable, { card, hashes: all, blocked }, facts);
  }
  return first.blocked === blocked ? undefined : withBlocked(first, blocked, facts);
}

/** A new contact of whom only the address is known, and perhaps a name. */
export async function addContact(
  folder: ContactsFolder,
  person: { readonly address: string; readonly name: string | undefined },
  blocked: boolean,
): Promise<ChangedContact> {
  const { services, account } = folder;
  const hashes = [addressHash(person.address)];
  requireRoom(folder, [], hashes);
  const card = { ...emptyCard, name: person.name ?? person.address, emails: [person.address] };
  const raw = contactMail([], { card, hashes, blocked }, newMail(services, account));
  await replaceMails(folder, [], raw);
  await refreshAddressBook(folder);
  const mail = readWholeMail(0, raw);
  return { contact: contactOf([mail], [mail]), isNew: true, oldKept: false };
}

/** What a new mail in the Contacts folder has of its own. */
export function newMail({ clock }: Services, account: Account): NewMail {
  return {
    messageId: newMessageId({ random: randomBytes(16), domain: domainOf(account.email) }),
    date: clock.now(),
    owner: account.email,
  };
}

function requireRoom(folder: ContactsFolder, own: readonly StoredMail[], hashes: readonly string[]): void {
  const contacts = contactsIn(folder);
  const others = contacts.flat().filter((mail) => !own.some(({ uid }) => uid === mail.uid));
  if (others.some((mail) => mail.hashes.some((hash) => hashes.includes(hash)))) {
    throw new Fault('conflict', 'One of the addresses belongs to another contact. Delete that one first.');
  }
  if (own.length === 0 && contacts.length >= limits.contacts) {
    throw new Fault('limit-reached', `An address book has at most ${limits.contacts} contacts.`);
  }
}

/** Of a contact that cannot be read here, the header alone is changed. */
async function changeSealed(
  folder: ContactsFolder,
  whole: readonly WholeMail[],
  blocked: boolean,
): Promise<{ mails: WholeMail[]; oldKept: boolean }> {
  const mails: WholeMail[] = [];
  let oldKept = false;
  for (const mail of whole.filter(({ encrypted }) => encrypted)) {
    if (mail.blocked === blocked) {
      mails.push(mail);
      continue;
    }
    const raw = withBlocked(mail, blocked, newMail(folder.services, folder.account));
    if ((await replaceMails(folder, [mail], raw)) === 'flagged') oldKept = true;
    mails.push(readWholeMail(mail.uid, raw));
  }
  return { mails, oldKept };
}

function readableOf(whole: readonly WholeMail[]): WholeMail[] {
  return whole.filter(({ encrypted }) => !encrypted);
}

function cardWith(before: Card, change: ContactChange): Card {
  const { photo, notification } = change;
  return {
    ...before,
    name: tidy(change.name),
    nickname: tidy(change.nickname),
    emails: [...new Set(change.emails)],
    categories: [...new Set(change.categories.flatMap((category) => tidy(category) ?? []))],
    birthday: change.birthday,
    photo: photo === null ? undefined : (photo ?? before.photo),
    // A picture that lies elsewhere is replaced by one that is given, and taken away with it.
    other: photo === undefined ? before.other : before.other.filter(({ name }) => name !== 'u-photo'),
    notification: notification && {
      enabled: notification.enabled,
      types: tidied(notification.types),
      sounds: tidied(notification.sounds),
      filters: tidied(notification.filters),
      other: before.notification?.other ?? [],
    },
  };
}

function tidied(texts: readonly string[]): string[] {
  return texts.flatMap((text) => tidy(text) ?? []);
}

/** As it is read again: HTML knows single blanks only. */
export function tidy(text: string | undefined): string | undefined {
  return text?.replace(/\s+/g, ' ').trim() || undefined;
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify([...one].sort()) === JSON.stringify([...other].sort());
}
