import { sameContacts } from '../../address-book/merge.ts';
import {
  readStoredMail,
  readWholeMail,
  type StoredMail,
  storedMailFields,
  type WholeMail,
} from '../../address-book/stored-mail.ts';
import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession, Removal } from '../../imap/mail-session.ts';
import type { Account } from '../../store/items.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';

/** The user's address book, open for one request. */
export type ContactsFolder = {
  readonly services: Services;
  readonly account: Account;
  readonly session: MailSession;
  /** Undefined until the first contact makes it. */
  path: string | undefined;
  /** What the headers of its mails tell, at most the newest `limits.contactMails`. */
  readonly mails: readonly StoredMail[];
};

/**
 * Opens the Contacts folder, gives it to `work`, and closes the connection.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function withContacts<T>(
  services: Services,
  account: Account,
  mode: 'read' | 'write',
  work: (folder: ContactsFolder) => Promise<T>,
): Promise<T> {
  const session = await openMailbox(services, account);
  try {
    const path = await contactsPath(session);
    const mails = path === undefined ? [] : await storedMails(session, path, mode);
    return await work({ services, account, session, path, mails });
  } finally {
    session.close();
  }
}

/**
 * The same beside another matter, which neither waits long nor fails for it: undefined when the folder cannot be reached, or
 * not in time.
 */
export async function withContactsSoon<T>(
  services: Services,
  account: Account,
  mode: 'read' | 'write',
  work: (folder: ContactsFolder) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withDeadline(
      withContacts(services, account, mode, work),
      limits.besideContactsMs,
      'contacts',
    );
  } catch (error) {
    if (error instanceof Fault || error instanceof DeadlineExceeded) return undefined;
    throw error;
  }
}

/** Where contacts are; undefined while there is no such folder. */
export async function contactsPath(session: MailSession): Promise<string | undefined> {
  return (await session.listNames()).find(({ role }) => role === 'contacts')?.path;
}

async function storedMails(
  session: MailSession,
  path: string,
  mode: 'read' | 'write',
): Promise<StoredMail[]> {
  await session.open(path, mode);
  const uids = (await session.searchUndeleted()).slice(-limits.contactMails);
  const headers = await session.fetchFields(uids, storedMailFields);
  const mails = headers.map(({ uid, header }) => readStoredMail(uid, header));
  // Some clients leave the hashes out; then only the card tells whose it is.
  const nameless = mails.filter((mail) => mail.kind === 'contact' && mail.hashes.length === 0);
  const whole = await wholeMails(session, nameless);
  return mails.map((mail) => whole.find(({ uid }) => uid === mail.uid) ?? mail);
}

/** Those of the mails that are no larger than `limits.contactMailBytes`. */
export async function wholeMails(session: MailSession, mails: readonly StoredMail[]): Promise<WholeMail[]> {
  const found: WholeMail[] = [];
  if (mails.length === 0) return found;
  const uids = mails.map(({ uid }) => uid);
  await session.fetchRaw(uids, limits.contactMailBytes, ({ uid, source }) => {
    if (source !== undefined) found.push(readWholeMail(uid, source));
  });
  return found;
}

/** The mails of each contact; those without any hash are nobody's. */
export function contactsIn({ mails }: ContactsFolder): StoredMail[][] {
  return sameContacts(mails.filter(({ kind, hashes }) => kind === 'contact' && hashes.length > 0));
}

/**
 * Puts a mail in place of others: the new one first, so that at no moment there is none. Makes the folder when there is
 * none yet.
 *
 * @throws Fault `limit-reached` or `conflict` when the server refuses to make the folder
 */
export async function replaceMails(
  folder: ContactsFolder,
  old: readonly StoredMail[],
  raw: Buffer,
): Promise<Removal> {
  const { session, services, account } = folder;
  folder.path ??= await session.createFolder([account.mailboxRoot ?? 'COI', 'Contacts']);
  await session.append(folder.path, raw, { flags: ['\\Seen'], receivedAt: services.clock.now() });
  return removeMails(folder, old);
}

export async function removeMails(
  { session }: ContactsFolder,
  mails: readonly StoredMail[],
): Promise<Removal> {
  return mails.length === 0 ? 'expunged' : session.deleteMails(mails.map(({ uid }) => uid));
}
