import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { providerOf } from '../../providers/provider-table.ts';
import type { Account, OutgoingMail } from '../../store/items.ts';
import { setMessagePlace } from '../../store/message.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { SendServices } from '../services.ts';

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
  // A second copy would show the mail twice. Judged by the host that was really used.
  if (providerOf(account.smtp.host).filesSentCopies) return true;
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
