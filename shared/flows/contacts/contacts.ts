import { type Contact, contactOf } from '../../address-book/contact.ts';
import { newerFirst, type StoredMail } from '../../address-book/stored-mail.ts';
import { Fault } from '../../core/faults.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { type ContactsFolder, contactsIn, removeMails, wholeMails, withContacts } from './contacts-folder.ts';
import { refreshAddressBook } from './refresh-address-book.ts';

/**
 * Some of the user's contacts, by their hashes. What several mails say of one is put together.
 *
 * @param page.after the hash after which the page begins
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function listContacts(
  services: Services,
  account: Account,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<{ contacts: Contact[]; hasMore: boolean }> {
  return withContacts(services, account, 'read', async (folder) => {
    const wanted = contactsIn(folder)
      .map((mails) => ({ mails, hash: contactOf(mails, []).hash }))
      .filter(({ hash }) => page.after === undefined || hash > page.after)
      .sort((a, b) => (a.hash < b.hash ? -1 : 1));
    const shown = wanted.slice(0, page.limit);
    const whole = await wholeMails(
      folder.session,
      shown.flatMap(({ mails }) => mails),
    );
    const contacts = shown.map(({ mails }) =>
      contactOf(
        mails,
        whole.filter(({ uid }) => mails.some((mail) => mail.uid === uid)),
      ),
    );
    return { contacts, hasMore: wanted.length > shown.length };
  });
}

/** @throws Fault `not-found`, or what connecting to the mailbox throws */
export async function getContact(services: Services, account: Account, hash: string): Promise<Contact> {
  return withContacts(services, account, 'read', async (folder) => {
    const mails = mailsOf(folder, hash);
    if (mails.length === 0) throw noContact();
    return contactOf(mails, await wholeMails(folder.session, mails));
  });
}

/**
 * Removes a contact, with all mails that speak of it. A server without UIDPLUS keeps them, marked as deleted, until the
 * folder is emptied.
 *
 * @throws Fault `not-found`, or what connecting to the mailbox throws
 */
export async function deleteContact(services: Services, account: Account, hash: string): Promise<void> {
  await withContacts(services, account, 'write', async (folder) => {
    const mails = mailsOf(folder, hash);
    if (mails.length === 0) throw noContact();
    await removeMails(folder, mails);
    await refreshAddressBook(folder);
  });
}

/** The mails of the contact with this hash, the newest first; none when there is no such contact. */
export function mailsOf(folder: ContactsFolder, hash: string): StoredMail[] {
  const found = contactsIn(folder).find((mails) => mails.some(({ hashes }) => hashes.includes(hash)));
  return [...(found ?? [])].sort(newerFirst);
}

export function noContact(): Fault {
  return new Fault('not-found', 'There is no contact with this hash in the address book.');
}
