import { applySeen } from '../../coi/conversation-state.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { getConversation, putConversation } from '../../store/conversation.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';
import { getMessage, listMessagesBetween } from '../../store/message.ts';
import { findInFolder } from '../mailbox/find-in-folder.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import { mayWantReceipt, receiptsDue, recordReceipts } from '../send/send-receipts.ts';
import type { Services } from '../services.ts';

/**
 * Marks a conversation as read up to one message: sets `\Seen` in the mailbox on what was unread, then notes it in the
 * store and counts what is left. Doing it again, or for an older message, changes nothing. The receipts that were asked
 * for are recorded for sending, where the account allows them; what goes wrong with them does not make this fail.
 *
 * @param upTo key of a message in the conversation
 * @throws Fault `not-found`, `conflict`, or what connecting to the mailbox throws; then nothing is noted
 */
export async function markSeen(
  services: Services,
  account: Account,
  conversationId: string,
  upTo: string,
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
  return noteSeen(services, conversation, upTo);
}

async function noteSeen(services: Services, conversation: Conversation, upTo: string): Promise<Conversation> {
  let stored = conversation;
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const left = (await unreadBetween(services, stored, upTo, lastKey))
      .filter(isShown)
      .filter(isCountedIn(stored));
    const now = services.clock.now();
    const changed = applySeen(stored, upTo, left.length, now);
    if ((await putConversation(services.store, changed, now)) === 'written') return changed;
    const again = await getConversation(services.store, conversation.accountId, conversation.id, now);
    if (again === undefined) throw new Fault('not-found', 'There is no such conversation.');
    if (again.seenUpTo !== undefined && again.seenUpTo >= upTo) return again;
    stored = again;
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}

/** Edits and reactions are flagged in the mailbox like all mail, but nobody reads them by themselves. */
function isShown({ fold }: Message): boolean {
  return !fold.hidden && fold.deletedAt === undefined;
}

/**
 * A message is stored first and counted into its conversation after; one that is between the two now will add itself,
 * and must not be counted here as well. Of what fell out of `recent` everything was counted in.
 */
function isCountedIn({ recent }: Conversation): (message: Message) => boolean {
  const keys = new Set(recent);
  const oldest = recent.length < limits.recentKeys ? '' : ([...recent].sort()[0] ?? '');
  return (message) => keys.has(message.key) || message.key < oldest;
}

/** Sorts after every message key. */
const lastKey = '~';

/** Unread messages after one key up to another, at most `limits.seenMessages` of the newest. */
async function unreadBetween(
  services: Services,
  conversation: Conversation,
  after: string | undefined,
  upTo: string,
): Promise<Message[]> {
  const messages = await listMessagesBetween(services.store, conversation.accountId, conversation.id, {
    after,
    upTo,
    limit: limits.seenMessages,
    now: services.clock.now(),
  });
  return messages.filter((message) => !message.own && !message.seen);
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
