import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { getConversation } from '../../store/conversation.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';
import { getMessage } from '../../store/message.ts';
import { findInFolder } from '../mailbox/find-in-folder.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import { tellSeen } from '../push/tell-seen.ts';
import { mayWantReceipt, receiptsDue, recordReceipts } from '../send/send-receipts.ts';
import type { Services } from '../services.ts';
import { noteSeen, unreadBetween } from './note-seen.ts';

/**
 * Marks a conversation as read up to one message: sets `\Seen` in the mailbox on what was unread, then notes it in the
 * store and counts what is left. Doing it again, or for an older message, changes nothing. The receipts that were asked
 * for are recorded for sending, where the account allows them; what goes wrong with them does not make this fail.
 *
 * @param upTo key of a message in the conversation
 * @param readBy the session of the device that read it
 * @throws Fault `not-found`, `conflict`, or what connecting to the mailbox throws; then nothing is noted
 */
export async function markSeen(
  services: Services,
  account: Account,
  conversationId: string,
  upTo: string,
  readBy?: string,
): Promise<Conversation> {
  const now = services.clock.now();
  const conversation = await getConversation(services.store, account.id, conversationId, now);
  const message = await getMessage(services.store, account.id, conversationId, upTo, now);
  if (conversation === undefined || message === undefined) {
    throw new Fault('not-found', 'There is no such message in this conversation.');
  }
  if (conversation.seenUpTo !== undefined && conversation.seenUpTo >= upTo) return conversation;
  const unread = await unreadBetween(services, conversation, conversation.seenUpTo, upTo);
  const wants = (each: Message) => mayWantReceipt(account, conversation, each);
  const due = await flagSeen(services, account, unread, wants);
  // Before the note: until that is made, a repeat of the call comes here again.
  await recordReceipts(services, account, due).catch(() => {
    services.log.warn('receipts-not-recorded', { account: account.id });
  });
  const noted = await noteSeen(services, conversation, upTo);
  if (noted.kind === 'noted' && unread.length > 0) await tellSeen(services, noted.conversation, readBy);
  return noted.conversation;
}

/**
 * Each folder is opened once. A mail that is gone from the mailbox needs no flag.
 *
 * @returns those whose receipt is due
 */
async function flagSeen(
  services: Services,
  account: Account,
  messages: readonly Message[],
  wantsReceipt: (message: Message) => boolean,
): Promise<Message[]> {
  const due: Message[] = [];
  const byFolder = new Map<string, Message[]>();
  for (const message of messages) {
    if (message.place === undefined) continue;
    const { folder } = message.place;
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), message]);
  }
  if (byFolder.size === 0) return due;
  let session = await openMailbox(services, account);
  try {
    const present = new Set((await session.listFolders()).map((folder) => folder.path));
    for (const [folder, inFolder] of byFolder) {
      if (!present.has(folder)) continue;
      let found = await openAndFind(session, folder, inFolder);
      const asking = new Map([...found].filter(([, message]) => wantsReceipt(message)));
      // Before the flags: a mail that was read may be moved to Chats at once.
      const receipts = await receiptsDue(session, asking).catch(noneForFault);
      if (receipts === undefined) {
        // It broke off, or will not let itself be asked. That costs the receipts, and nobody the flags.
        session.close();
        session = await openMailbox(services, account);
        found = await openAndFind(session, folder, inFolder);
      }
      due.push(...(receipts ?? []));
      await flagAll(session, [...found.keys()]);
    }
    return due;
  } finally {
    session.close();
  }
}

/** @returns the messages that are there, by UID */
async function openAndFind(
  session: MailSession,
  folder: string,
  messages: readonly Message[],
): Promise<ReadonlyMap<number, Message>> {
  const { uidValidity } = await session.open(folder, 'write');
  const found = new Map<number, Message>();
  for (const message of messages) {
    for (const uid of await findInFolder(session, uidValidity, message)) found.set(uid, message);
  }
  return found;
}

async function flagAll(session: MailSession, uids: readonly number[]): Promise<void> {
  for (let start = 0; start < uids.length; start += limits.seenBatch) {
    await session.addFlags(uids.slice(start, start + limits.seenBatch), ['\\Seen']);
  }
}

function noneForFault(error: unknown): undefined {
  if (error instanceof Fault) return undefined;
  throw error;
}
