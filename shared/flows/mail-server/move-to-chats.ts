import { messageIdIn } from '../../coi/message-id.ts';
import { keyOfMail } from '../../coi/message-key.ts';
import { readMail } from '../../coi/read-mail.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import { limits } from '../../core/limits.ts';
import type { NewPlaces } from '../../imap/mail-session.ts';
import { type MessageName, setMessagePlace } from '../../store/message.ts';
import type { AccountCheck, WatchedFolder } from '../watch/account-check.ts';
import { acknowledge, checkFolder } from '../watch/check-folder.ts';
import type { OpenInbox } from './open-inbox.ts';

export function isOwnMail({ facts }: AccountCheck, mail: ReceivedMail): boolean {
  return readMail(mail, facts).class === 'own';
}

/**
 * Moves a batch of mails from INBOX to Chats. All of them were taken in from INBOX, so their copies are nothing new, and
 * breaking off anywhere makes nothing of them:
 *
 * - Once they are moved, the next check may find the copies in Chats: it knows them by their Message-IDs.
 * - The cursor of Chats passes the copies before their places are noted: a mail that is known to lie above the cursor counts
 *   as one whose push may be missing. A place that was not noted any more is found by the Message-ID when it is needed.
 * - Where the server copies, the originals go last, and one that has its copy already is not copied again.
 */
export async function moveToChats(
  check: AccountCheck,
  inbox: OpenInbox,
  chats: WatchedFolder,
  mails: readonly ReceivedMail[],
): Promise<void> {
  const { session } = check;
  const how = session.moving;
  if (how === 'never' || mails.length === 0) return;
  const copied = how === 'copy' ? await copiesIn(check, inbox, chats, mails) : new Map<number, number>();
  const fresh = mails.filter((mail) => !copied.has(mail.uid) && !hasFlag(mail, '\\deleted'));
  if (fresh.length === 0 && copied.size === 0) return;
  await inbox.open('write');
  let isPassed = true;
  if (fresh.length > 0) {
    await mark(check, inbox, fresh);
    const places = await session.takeTo(how, uidsOf(fresh), chats.path);
    isPassed = await passCopies(check, chats, fresh, places);
    if (isPassed) await notePlaces(check, chats, fresh, places);
  }
  if (how === 'copy') await session.deleteMails([...copied.keys(), ...uidsOf(fresh)]);
  if (isPassed) return;
  inbox.left();
  await checkFolder(check, chats);
}

/** Nobody needs to read again what he wrote on another device; `$Chat` tells other clients what these mails are. */
async function mark(check: AccountCheck, inbox: OpenInbox, mails: readonly ReceivedMail[]): Promise<void> {
  const unread = mails.filter((mail) => !hasFlag(mail, '\\seen') && isOwnMail(check, mail));
  if (unread.length > 0) await check.session.addFlags(uidsOf(unread), ['\\Seen']);
  const unmarked = mails.filter((mail) => !hasFlag(mail, '$chat'));
  if (inbox.acceptsKeywords && unmarked.length > 0) {
    await check.session.addFlags(uidsOf(unmarked), ['$Chat']);
  }
}

async function notePlaces(
  check: AccountCheck,
  chats: WatchedFolder,
  mails: readonly ReceivedMail[],
  { uidValidity, uids }: NewPlaces,
): Promise<void> {
  await Promise.all(
    mails.map(async (mail) => {
      const uid = uids.get(mail.uid);
      if (uid === undefined) return;
      const place = { folder: chats.path, uidValidity, uid };
      await setMessagePlace(check.services.store, nameOf(check, mail), place);
    }),
  );
}

/** Whether the cursor of Chats could be moved over the copies, without passing anything else. */
async function passCopies(
  check: AccountCheck,
  chats: WatchedFolder,
  mails: readonly ReceivedMail[],
  { uidValidity, uids }: NewPlaces,
): Promise<boolean> {
  const cursor = check.cursors.get(chats.path);
  const copies = [...uids.values()].sort((a, b) => a - b);
  const isAll = mails.every(({ uid }) => uids.has(uid));
  if (!isAll || cursor === undefined || cursor.uidValidity !== uidValidity) return false;
  if (!copies.every((uid, index) => uid === cursor.uidNext + index)) return false;
  await acknowledge(check, chats, { uidValidity, uidNext: cursor.uidNext + copies.length });
  return true;
}

/**
 * UIDs of copies that lie in Chats already, by those of the originals: left over from a round that broke off before it
 * removed them. A Message-ID alone proves nothing, as any sender may take one that is known to him; a copy has the size and
 * the time of arrival of its original too.
 */
async function copiesIn(
  { session }: AccountCheck,
  inbox: OpenInbox,
  chats: WatchedFolder,
  mails: readonly ReceivedMail[],
): Promise<ReadonlyMap<number, number>> {
  const copies = new Map<number, number>();
  inbox.left();
  await session.open(chats.path, 'read');
  for (const mail of mails) {
    const messageId = messageIdIn(mail.header);
    const found = messageId === undefined ? [] : await session.searchMessageId(messageId);
    const candidates = found.length === 0 ? [] : await session.fetchEach(found.slice(0, limits.fetchBatch));
    const copy = candidates.find(
      ({ size, receivedAt }) => size === mail.size && receivedAt === mail.receivedAt,
    );
    if (copy !== undefined) copies.set(mail.uid, copy.uid);
  }
  return copies;
}

function nameOf(check: AccountCheck, mail: ReceivedMail): Extract<MessageName, { key: string }> {
  const record = readMail(mail, check.facts);
  return {
    accountId: check.account.id,
    conversationId: record.conversation.id,
    key: keyOfMail(record),
  };
}

function hasFlag(mail: ReceivedMail, name: string): boolean {
  return mail.flags.some((flag) => flag.toLowerCase() === name);
}

function uidsOf(mails: readonly ReceivedMail[]): number[] {
  return mails.map(({ uid }) => uid);
}
