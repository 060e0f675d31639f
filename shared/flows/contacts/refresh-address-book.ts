import { isMuted } from '../../address-book/notification.ts';
import { versionOf } from '../../address-book/profile-mail.ts';
import {
  readStoredMail,
  readWholeMail,
  type StoredMail,
  storedMailFields,
  type WholeMail,
} from '../../address-book/stored-mail.ts';
import { type AddressBook, type BookEntry, fittingEntries, shortHash } from '../../coi/address-book.ts';
import { shorten } from '../../coi/decode-text.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAddressBook, putAddressBook, setAddressBookAt } from '../../store/address-book.ts';
import type { Account, StoredAddressBook } from '../../store/items.ts';
import { tellNews } from '../changes/tell-news.ts';
import { keepTokens } from '../receive/keep-token.ts';
import type { Services } from '../services.ts';
import type { AccountCheck } from '../watch/account-check.ts';
import { contactsPath } from './contacts-folder.ts';

/**
 * Brings what alerts know of the address book up to the Contacts folder as it is now: only mails that came are read, those
 * that went are forgotten. An account that never had a contact costs a LIST, and nothing in the store. Leaves the folder
 * open for reading.
 *
 * @returns the address book; undefined when there is none
 */
export async function refreshAddressBook(
  check: Pick<AccountCheck, 'services' | 'account' | 'session'>,
): Promise<AddressBook | undefined> {
  const { services, account, session } = check;
  const path = await contactsPath(session);
  if (path === undefined && account.addressBookAt === undefined) return undefined;
  for (let attempt = 0; attempt < limits.addressBookWriteAttempts; attempt++) {
    const known = await getAddressBook(services.store, account.id);
    const now = services.clock.now();
    const seen = path === undefined ? emptyFolder : await lookInto(check, path, known);
    const book: StoredAddressBook = {
      ...seen,
      accountId: account.id,
      profileSent: known?.profileSent ?? [],
      updatedAt: now,
      version: known?.version ?? 0,
    };
    const isSame = known !== undefined && JSON.stringify(seen) === JSON.stringify(folderOf(known));
    if (!isSame && (await putAddressBook(services.store, book)) === 'stale') continue;
    if (!isSame) await tellNews(services, account.id, 'contacts');
    const isEmpty = book.entries.every(({ kind }) => kind === 'other');
    if ((account.addressBookAt === undefined) !== isEmpty) {
      await setAddressBookAt(services.store, account.id, isEmpty ? undefined : now);
    }
    return isEmpty ? undefined : book;
  }
  throw new Fault('conflict', 'The address book is changing too fast. Try again.');
}

type SeenFolder = Pick<AddressBook, 'folder' | 'uidValidity' | 'entries'>;

const emptyFolder: SeenFolder = { folder: '', uidValidity: 0, entries: [] };

function folderOf({ folder, uidValidity, entries }: AddressBook): SeenFolder {
  return { folder, uidValidity, entries };
}

async function lookInto(
  { services, account, session }: Pick<AccountCheck, 'services' | 'account' | 'session'>,
  folder: string,
  known: AddressBook | undefined,
): Promise<SeenFolder> {
  const { uidValidity } = await session.open(folder, 'read');
  const uids = new Set((await session.searchUndeleted()).slice(-limits.contactMails));
  const isValid = known?.folder === folder && known.uidValidity === uidValidity;
  const entries = isValid ? known.entries.filter(({ uid }) => uids.has(uid)) : [];
  for (const { uid } of entries) uids.delete(uid);
  const withTokens: WholeMail[] = [];
  await session.fetchRaw([...uids], limits.contactMailBytes, ({ uid, source }) => {
    if (source === undefined) return;
    const mail = readWholeMail(uid, source);
    entries.push(entryOf(mail));
    uids.delete(uid);
    if (mail.kind === 'contact' && tokensIn(mail).some(({ length }) => length > 0)) withTokens.push(mail);
  });
  for (const mail of withTokens) await keepTokensOf(services, account, mail);
  // Of those that are too large, the header alone: it tells who is blocked.
  for (const { uid, header } of await session.fetchFields([...uids], storedMailFields)) {
    entries.push(entryOf(readStoredMail(uid, header)));
  }
  return { folder, uidValidity, entries: fittingEntries(entries) };
}

/** The submission tokens that other clients keep with a contact, for mail to it and from it. */
function tokensIn({ header }: WholeMail): [out: readonly string[], incoming: readonly string[]] {
  return [header.all('coi-tokenout'), header.all('coi-tokenin')];
}

/** A token names whom it is for, so that only the right address of the contact takes it. */
async function keepTokensOf(services: Services, account: Account, mail: WholeMail): Promise<void> {
  const [out, incoming] = tokensIn(mail).map((tokens) => tokens.slice(0, limits.tokensPerContact));
  for (const address of mail.card?.emails ?? []) {
    await keepTokens(services, account, address, { out: out ?? [], in: incoming ?? [] });
  }
}

function entryOf(mail: StoredMail & Partial<Pick<WholeMail, 'card' | 'group'>>): BookEntry {
  const { uid, kind, card, group, hashes } = mail;
  const entry: BookEntry = { uid, kind, keys: [], blocked: mail.blocked, muted: undefined, name: undefined };
  switch (kind) {
    case 'contact': {
      const muted = card?.notification && isMuted(card.notification);
      return { ...entry, keys: hashes.map(shortHash), muted, name: shortName(card?.name) };
    }
    case 'group': {
      const muted = group?.notification && isMuted(group.notification);
      return {
        ...entry,
        keys: group?.id === undefined ? [] : [group.id],
        muted,
        name: shortName(group?.name),
      };
    }
    case 'profile':
      return { ...entry, keys: card === undefined ? [] : [versionOf(card)] };
    case 'other':
      return entry;
  }
}

function shortName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : shorten(name, limits.addressBookNameCharacters);
}
