import { createHash } from 'node:crypto';
import { domainOf } from '../../coi/addresses.ts';
import { newMessageId } from '../../coi/message-id.ts';
import { isReceiptDue } from '../../coi/receipt-due.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { composeReceipt } from '../../smtp/compose-receipt.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';
import { createOutgoing } from '../../store/outgoing.ts';
import { putPendingWork } from '../../store/pending-work.ts';
import { sealForAccount } from '../accounts/credentials.ts';
import type { Services } from '../services.ts';
import { wakeSend } from './settle-send.ts';

/** As far as what is stored tells; the mail itself is looked at when its folder is open. */
export function mayWantReceipt(account: Account, conversation: Conversation, message: Message): boolean {
  return (
    account.settings.readReceipts === 'always' &&
    message.receiptRequested &&
    !message.own &&
    conversation.kind !== 'list' &&
    // RFC 8098 section 2: no receipt for a receipt.
    message.event?.kind !== 'receipt' &&
    message.event?.kind !== 'bounce'
  );
}

/** Those of the mails in the open folder, by UID, for which a receipt is to go out. */
export async function receiptsDue(
  session: MailSession,
  candidates: ReadonlyMap<number, Message>,
): Promise<Message[]> {
  const uids = [...candidates.keys()].slice(0, limits.receiptsPerSeen);
  const mails = uids.length === 0 ? [] : await session.fetchEach(uids);
  const due = new Set<Message>();
  const notDue = new Set<Message>();
  for (const mail of mails) {
    const message = candidates.get(mail.uid);
    if (message !== undefined) (isReceiptDue(mail, message.from.address) ? due : notDue).add(message);
  }
  // A mail that lies there twice may have its flag on one of the two.
  return [...due].filter((message) => !notDue.has(message));
}

/**
 * Records the receipts for messages that were read; the send queue sends them. The id of a receipt comes from the mail it is
 * for, so that a message that is recorded twice, by two devices or after a crash, has one.
 */
export async function recordReceipts(
  services: Services,
  account: Account,
  messages: readonly Message[],
): Promise<void> {
  const recorded: string[] = [];
  for (const message of messages) recorded.push(await recordReceipt(services, account, message));
  for (const messageId of recorded) {
    await wakeSend(services, { accountId: account.id, messageId });
  }
}

async function recordReceipt(services: Services, account: Account, message: Message): Promise<string> {
  const now = services.clock.now();
  const from = addressWrittenTo(account, message);
  const messageId = newMessageId({
    random: createHash('sha256').update(`receipt ${account.id} ${message.messageId}`).digest(),
    domain: domainOf(from),
  });
  const mail = composeReceipt({
    messageId,
    date: now,
    from: { address: from, name: undefined },
    to: message.from,
    original: message.messageId,
  });
  const sealedMail = await sealForAccount(services, account, mail);
  // The promise comes first and is found again by the minute tick, whatever happens after it.
  await putPendingWork(services.store, {
    kind: 'send',
    id: messageId,
    accountId: account.id,
    messageId,
    notBeforeAt: now + limits.sendAttemptMs,
    giveUpAt: now + limits.sendGiveUpMs,
  });
  await createOutgoing(services.store, {
    accountId: account.id,
    messageId,
    conversationId: message.conversationId,
    messageKey: message.key,
    isReceipt: true,
    state: 'queued',
    recipients: [message.from.address],
    attempts: 0,
    notBeforeAt: 0,
    sealedMail,
    createdAt: now,
    // As long as the message is known, so is that its receipt was sent: folders need not take `$MDNSent`.
    expiresAt: Math.max(message.expiresAt, now + limits.outgoingKeptMs),
  });
  return messageId;
}

/** Who was written to under an alias does not tell another address of his. */
function addressWrittenTo({ email, aliases }: Account, { to }: Message): string {
  return [email, ...aliases].find((own) => to.some(({ address }) => address === own)) ?? email;
}
