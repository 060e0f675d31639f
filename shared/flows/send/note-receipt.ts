import { receiptSentFlag } from '../../coi/receipt-due.ts';
import { Fault } from '../../core/faults.ts';
import type { Account, OutgoingMail } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import { findInFolder } from '../mailbox/find-in-folder.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { SendServices } from '../services.ts';

/**
 * Notes in the mailbox that a receipt was sent (RFC 3503), so that no other client sends a second one. Where the folder
 * takes no flags of ours, the store alone knows.
 *
 * @returns whether nothing is left to note
 */
export async function noteReceipt(
  services: SendServices,
  account: Account,
  { conversationId, messageKey }: OutgoingMail,
): Promise<boolean> {
  const { store, clock } = services;
  const message = await getMessage(store, account.id, conversationId, messageKey, clock.now());
  if (message?.place === undefined) return true;
  const { folder } = message.place;
  try {
    const session = await openMailbox(services, account);
    try {
      const isThere = (await session.listFolders()).some(({ path }) => path === folder);
      if (!isThere) return true;
      const { uidValidity, acceptsKeywords } = await session.open(folder, 'write');
      const uids = acceptsKeywords ? await findInFolder(session, uidValidity, message) : [];
      if (uids.length > 0) await session.addFlags(uids, [receiptSentFlag]);
      return true;
    } finally {
      session.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    services.log.warn('receipt-not-noted', { account: account.id, cause: error.code });
    return false;
  }
}
