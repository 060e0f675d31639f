import type { ReceivedMail } from '../../coi/received-mail.ts';
import { Fault } from '../../core/faults.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account, Message } from '../../store/items.ts';
import { setMessagePlace } from '../../store/message.ts';
import { getWatch } from '../../store/watch.ts';
import { isPassed } from '../receive/store-message.ts';
import type { Services } from '../services.ts';
import { openMailbox } from './open-mailbox.ts';

/** Where mail of conversations lies: what is watched, and what was sent. */
const searchedRoles = ['chats', 'inbox', 'sent'] as const;

/**
 * A connection whose open folder holds the mail of a stored message: where it was last, or, when it was moved or its
 * folder numbered anew, wherever its Message-ID is found; that place is then noted. The caller closes the session.
 *
 * @throws Fault `not-found` when the mail is in none of those folders, or what connecting throws
 */
export async function locateMail(
  services: Services,
  account: Account,
  message: Message,
): Promise<{ session: MailSession; mail: ReceivedMail }> {
  const session = await openMailbox(services, account);
  try {
    const mail = (await atItsPlace(session, message)) ?? (await elsewhere(services, session, message));
    if (mail === undefined) throw new Fault('not-found', 'This mail is not in the mailbox any more.');
    return { session, mail };
  } catch (error) {
    session.close();
    throw error;
  }
}

async function atItsPlace(session: MailSession, message: Message): Promise<ReceivedMail | undefined> {
  const { place } = message;
  if (place === undefined || !(await session.listFolders()).some((folder) => folder.path === place.folder)) {
    return undefined;
  }
  const { uidValidity } = await session.open(place.folder, 'read');
  if (uidValidity !== place.uidValidity) return undefined;
  const mail = await session.fetchOne(place.uid);
  return mail !== undefined && mail.uid === place.uid ? mail : undefined;
}

async function elsewhere(
  services: Services,
  session: MailSession,
  message: Message,
): Promise<ReceivedMail | undefined> {
  const folders = await session.listFolders();
  for (const role of searchedRoles) {
    const folder = folders.find((candidate) => candidate.role === role);
    if (folder === undefined) continue;
    const { uidValidity } = await session.open(folder.path, 'read');
    const uid = (await session.searchMessageId(message.messageId)).at(-1);
    const mail = uid === undefined ? undefined : await session.fetchOne(uid);
    if (uid === undefined || mail === undefined) continue;
    const place = { folder: folder.path, uidValidity, uid };
    const watch = await getWatch(services.store, message.accountId);
    // The cursor there need not have passed it: that it was acknowledged where it lay before must not be forgotten.
    const isDone = isPassed(new Map(Object.entries(watch?.folders ?? {})), message, place);
    await setMessagePlace(services.store, message, isDone ? { ...place, isDone } : place);
    return mail;
  }
  return undefined;
}
