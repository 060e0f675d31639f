import { firstFold } from '../../coi/kept-message.ts';
import type { ConversationRef, MailRecord } from '../../coi/mail-record.ts';
import type { MessageEvent } from '../../coi/message-event.ts';
import { keyOfMail } from '../../coi/message-key.ts';
import { getConversation } from '../../store/conversation.ts';
import { listEarlyReports, putEarlyReport } from '../../store/early-report.ts';
import type { Message, OutgoingMail } from '../../store/items.ts';
import { createOutgoing, getOutgoing } from '../../store/outgoing.ts';
import { getLiveMessage } from '../conversations/live-message.ts';
import { noteSent } from '../send/note-sent.ts';
import type { Services } from '../services.ts';

/** A record, and where its message is kept. */
export type Placed = {
  readonly record: MailRecord;
  readonly ref: ConversationRef;
  /** The key of its message where that is known already, else what the mail itself gives. */
  readonly key?: string | undefined;
};

/**
 * A read receipt or a bounce belongs to the conversations of the mails it speaks of, which the account sent: nothing else in
 * it tells them. Of a mail that is not known yet, the report is kept until that comes.
 */
export async function placeReport(
  services: Services,
  accountId: string,
  record: MailRecord,
): Promise<readonly Placed[]> {
  const { event } = record;
  if (event === undefined) return [];
  const found = new Map<string, { ref: ConversationRef; targets: string[] }>();
  for (const target of event.targets) {
    const outgoing = await getOutgoing(services.store, accountId, target, services.clock.now());
    // Nobody reads what became of a read receipt.
    if (outgoing?.isReceipt) continue;
    // Nobody reports on a mail that never went out.
    if (outgoing?.state === 'unknown') await noteSent(services, outgoing);
    const ref = outgoing && (await refOf(services, await shownWhere(services, outgoing)));
    if (ref === undefined) {
      await keepForLater(services, accountId, target, record, { ...event, targets: [target] });
      continue;
    }
    const place = found.get(ref.id) ?? { ref, targets: [] };
    place.targets.push(outgoing?.originalId ?? target);
    found.set(ref.id, place);
  }
  return [...found.values()].map(({ ref, targets }) => ({
    ref,
    record: { ...record, event: { ...event, targets } },
  }));
}

/**
 * Where a mail is kept that the account is known to have sent. A copy of it that the provider filed (Gmail, Outlook) reached
 * the mailbox at another moment than the message counts as sent, and is the same message.
 */
export async function homeOfSent(
  services: Services,
  accountId: string,
  messageId: string,
): Promise<{ readonly key: string; readonly ref: ConversationRef | undefined } | undefined> {
  const outgoing = await getOutgoing(services.store, accountId, messageId, services.clock.now());
  // What is noted of a read receipt is the message that it is for.
  if (outgoing === undefined || outgoing.isReceipt) return undefined;
  // Its server sent it back, or filed it: it has it.
  if (outgoing.state === 'unknown') await noteSent(services, outgoing);
  return { key: outgoing.messageKey, ref: await refOf(services, outgoing) };
}

/** The conversation of a sent mail, as it is stored now. */
function refOf(
  { store, clock }: Services,
  { accountId, conversationId }: OutgoingMail,
): Promise<ConversationRef | undefined> {
  return getConversation(store, accountId, conversationId, clock.now());
}

/** A client may have moved the message to another conversation. */
async function shownWhere({ store, clock }: Services, outgoing: OutgoingMail): Promise<OutgoingMail> {
  const { accountId, conversationId, messageKey } = outgoing;
  const message = await getLiveMessage(store, accountId, { conversationId, key: messageKey }, clock.now());
  return { ...outgoing, conversationId: message?.conversationId ?? conversationId };
}

async function keepForLater(
  { store, clock, retentionMs }: Services,
  accountId: string,
  target: string,
  { messageId, from, receivedAt, date }: MailRecord,
  event: MessageEvent,
): Promise<void> {
  await putEarlyReport(store, {
    accountId,
    target,
    messageKey: keyOfMail({ receivedAt, date, messageId }),
    messageId,
    from,
    receivedAt,
    event,
    expiresAt: clock.now() + retentionMs,
  });
}

/**
 * Notes a mail that another client of the account sent, so that reports find it.
 *
 * @returns what was reported of it before, as messages of its conversation that are not stored yet
 */
export async function noteAsSent({ store, clock }: Services, message: Message): Promise<Message[]> {
  const { accountId, messageId } = message;
  await createOutgoing(store, {
    accountId,
    messageId,
    conversationId: message.conversationId,
    messageKey: message.key,
    state: 'sent',
    recipients: [],
    attempts: 0,
    notBeforeAt: 0,
    sealedMail: undefined,
    createdAt: message.receivedAt,
    expiresAt: message.expiresAt,
  });
  const early = await listEarlyReports(store, accountId, messageId, clock.now());
  return early.map((report) => ({
    ...message,
    key: report.messageKey,
    messageId: report.messageId,
    inReplyTo: undefined,
    from: report.from,
    to: [],
    date: undefined,
    receivedAt: report.receivedAt,
    kind: 'text',
    own: false,
    event: report.event,
    fold: firstFold(report),
    preview: undefined,
    attachments: [],
    place: undefined,
    expiresAt: report.expiresAt,
  }));
}
