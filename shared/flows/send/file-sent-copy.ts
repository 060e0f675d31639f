import type { FolderRole } from '../../coi/received-mail.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { providerOf } from '../../providers/provider-table.ts';
import type { Account, OutgoingMail, Place } from '../../store/items.ts';
import { setMessagePlace } from '../../store/message.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { SendServices } from '../services.ts';

/**
 * Files the very bytes that were sent: among the chats where the mailbox has that folder, else in Sent. A copy that is
 * there already, in one or the other, is not filed again.
 *
 * @returns whether nothing is left to file
 */
export async function fileSentCopy(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  raw: Buffer,
): Promise<boolean> {
  // A second copy would show the mail twice. Judged by the host that was really used.
  if (providerOf(account.smtp.host).filesSentCopies) return true;
  try {
    const session = await openMailbox(services, account, { deadlineMs: limits.imapConnectMs });
    try {
      // Its server may have filed it by itself, in Sent, whatever other folders there are.
      const place =
        (await copyIn(session, outgoing.messageId, ['sent', 'chats'])) ??
        (await append(session, outgoing, raw));
      if (place !== undefined) await setMessagePlace(services.store, outgoing, place);
      return true;
    } finally {
      session.close();
    }
  } catch (error) {
    services.log.warn('sent-copy-failed', {
      account: account.id,
      cause: error instanceof Fault ? error.code : 'error',
    });
    return false;
  }
}

/** Where a mail lies, of the first folders of these kinds; undefined where it is in none of them. */
export async function copyIn(
  session: MailSession,
  messageId: string,
  roles: readonly FolderRole[],
): Promise<Place | undefined> {
  const folders = await session.listFolders();
  for (const role of roles) {
    const folder = folders.find((candidate) => candidate.role === role)?.path;
    if (folder === undefined) continue;
    const { uidValidity } = await session.open(folder, 'read');
    const [uid] = await session.searchMessageId(messageId);
    if (uid !== undefined) return { folder, uidValidity, uid };
  }
  return undefined;
}

async function append(
  session: MailSession,
  { createdAt }: OutgoingMail,
  raw: Buffer,
): Promise<Place | undefined> {
  const folders = await session.listFolders();
  const folder = (['chats', 'sent'] as const)
    .map((role) => folders.find((candidate) => candidate.role === role)?.path)
    .find((path) => path !== undefined);
  if (folder === undefined) return undefined;
  const { uid, uidValidity } = await session.append(folder, raw, {
    flags: ['\\Seen'],
    receivedAt: createdAt,
  });
  return uid === undefined || uidValidity === undefined ? undefined : { folder, uidValidity, uid };
}
