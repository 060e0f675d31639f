import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { Account, OutgoingMail } from '../../store/items.ts';
import { setMessagePlace } from '../../store/message.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { SendServices } from '../services.ts';

/**
 * Submission servers that file a Sent copy by themselves; filing a second one would show the mail twice. Judged by the
 * host that was really used (seen 2025/2026: huacnlee/omamail PR#60, nodemailer docs).
 */
const filesSentCopies = [
  /(^|\.)smtp\.gmail\.com$/,
  /(^|\.)smtp\.office365\.com$/,
  /(^|\.)smtp-mail\.outlook\.com$/,
];

/**
 * Files the very bytes that were sent: among the chats where the mailbox has that folder, else in Sent. A copy that is
 * there already is not filed again.
 *
 * @returns whether nothing is left to file
 */
export async function fileSentCopy(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  raw: Buffer,
): Promise<boolean> {
  if (filesSentCopies.some((host) => host.test(account.smtp.host.toLowerCase()))) return true;
  try {
    const session = await openMailbox(services, account, { deadlineMs: limits.imapConnectMs });
    try {
      const folders = await session.listFolders();
      const folder =
        folders.find((candidate) => candidate.role === 'chats') ??
        folders.find((candidate) => candidate.role === 'sent');
      if (folder === undefined) return true;
      const { uidValidity } = await session.open(folder.path, 'write');
      const [found] = await session.searchMessageId(outgoing.messageId);
      const uid =
        found ??
        (await session.append(folder.path, raw, { flags: ['\\Seen'], receivedAt: outgoing.createdAt })).uid;
      if (uid !== undefined) {
        await setMessagePlace(services.store, outgoing, { folder: folder.path, uidValidity, uid });
      }
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
