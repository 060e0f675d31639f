import { addressHash } from '../../coi/address-hash.ts';
import { domainOf, normaliseAddress, parseAddresses } from '../../coi/addresses.ts';
import { isVerifiedSender } from '../../coi/authentication-results.ts';
import type { Address } from '../../coi/received-mail.ts';
import { limits } from '../../core/limits.ts';
import { listConversations } from '../../store/conversation.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { addContact, type ChangedContact, setBlocked } from './change-contact.ts';
import { mailsOf, noContact } from './contacts.ts';
import { type ContactsFolder, withContacts } from './contacts-folder.ts';

export type BlockedContact = ChangedContact & {
  /**
   * The provider did not find the newest mail of this sender to be really his: whoever forged it would block somebody else
   * (COI client spec, "Blocking Contacts").
   */
  readonly unverified: boolean;
  /** How many of his mails were moved to the folder `Blocked`. */
  readonly moved: number;
};

/**
 * Blocks a sender: no device is told of his mail any more, here and at a COI server. Somebody who is no contact, but writes
 * in a conversation, becomes one. Doing it again changes nothing.
 *
 * @param options.moveMail moves what he sent before out of INBOX and Chats
 * @throws Fault `not-found` when nobody is known by this hash; `limit-reached` or `conflict` when a folder cannot be made;
 * or what connecting to the mailbox throws
 */
export async function blockContact(
  services: Services,
  account: Account,
  hash: string,
  options: { readonly moveMail: boolean },
): Promise<BlockedContact> {
  return withContacts(services, account, 'write', async (folder) => {
    const stored = mailsOf(folder, hash);
    const people = await peopleWith(services, account, stored.length > 0 ? hashesOf(stored) : [hash]);
    const changed = await block(folder, hash, people);
    const addresses = [...changed.contact.card.emails, ...people.map(({ address }) => address)];
    const senders = [...new Set(addresses.map(normaliseAddress))].slice(0, limits.contactAddresses);
    // Before anything is moved: it looks at the newest mail where that is.
    const unverified = await isUnverified(folder, senders);
    const moved = options.moveMail ? await moveMails(folder, senders) : 0;
    return { ...changed, unverified, moved };
  });
}

/** @throws Fault `not-found`, `limit-reached`, or what connecting to the mailbox throws */
export async function unblockContact(
  services: Services,
  account: Account,
  hash: string,
): Promise<ChangedContact> {
  return withContacts(services, account, 'write', async (folder) => {
    const stored = mailsOf(folder, hash);
    if (stored.length === 0) throw noContact();
    return setBlocked(folder, stored, false);
  });
}

async function block(
  folder: ContactsFolder,
  hash: string,
  people: readonly Address[],
): Promise<ChangedContact> {
  const stored = mailsOf(folder, hash);
  if (stored.length > 0) return setBlocked(folder, stored, true);
  const [person] = people;
  if (person === undefined) throw noContact();
  return addContact(folder, person, true);
}

function hashesOf(stored: readonly { readonly hashes: readonly string[] }[]): string[] {
  return stored.flatMap(({ hashes }) => hashes);
}

/** Whom the account has conversations with: a hash does not tell its address, and an encrypted contact neither. */
async function peopleWith(
  { store, clock }: Services,
  account: Account,
  hashes: readonly string[],
): Promise<Address[]> {
  const people = new Map<string, Address>();
  for (const { participants } of await listConversations(store, account.id, clock.now())) {
    for (const person of participants) {
      if (!people.has(person.address) && hashes.includes(addressHash(person.address))) {
        people.set(person.address, person);
      }
    }
  }
  return [...people.values()];
}

/** Where mail of others lies. */
async function receivingFolders({ session }: ContactsFolder): Promise<string[]> {
  const chats = (await session.listNames()).filter(({ role }) => role === 'chats');
  return ['INBOX', ...chats.slice(0, 1).map(({ path }) => path)];
}

/** UIDs of the open folder's mails by this sender, ascending: the server's search also finds what only contains it. */
async function mailsBy({ session }: ContactsFolder, sender: string) {
  const uids = (await session.searchFrom(sender)).slice(-limits.blockedMoves);
  const mails = await session.fetchFields(uids, ['From', 'Received', 'Authentication-Results']);
  return mails
    .filter(({ header }) => parseAddresses(header.first('from') ?? '')[0]?.address === sender)
    .sort((a, b) => a.uid - b.uid);
}

/** Whether the newest mail of any of them is there and not verified; of nobody's mail nothing can be said. */
async function isUnverified(folder: ContactsFolder, senders: readonly string[]): Promise<boolean> {
  const { account, session } = folder;
  const ownDomains = [domainOf(account.email), account.imap.host];
  for (const path of await receivingFolders(folder)) {
    await session.open(path, 'read');
    for (const sender of senders) {
      const newest = (await mailsBy(folder, sender)).at(-1);
      if (newest !== undefined && !isVerifiedSender(newest.header, sender, ownDomains)) return true;
    }
  }
  return false;
}

async function moveMails(folder: ContactsFolder, senders: readonly string[]): Promise<number> {
  const { session } = folder;
  const blocked = await session.createFolder(['Blocked']);
  let moved = 0;
  for (const path of await receivingFolders(folder)) {
    await session.open(path, 'write');
    for (const sender of senders) {
      const uids = (await mailsBy(folder, sender)).map(({ uid }) => uid);
      for (let start = 0; start < uids.length; start += limits.seenBatch) {
        await session.moveMails(uids.slice(start, start + limits.seenBatch), blocked);
      }
      moved += uids.length;
    }
  }
  return moved;
}
