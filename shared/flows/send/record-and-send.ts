import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Message, OutgoingMail } from '../../store/items.ts';
import { putNewMessage } from '../../store/message.ts';
import { createOutgoing } from '../../store/outgoing.ts';
import { putPendingWork } from '../../store/pending-work.ts';
import { sealForAccount } from '../accounts/credentials.ts';
import { tellNews } from '../changes/tell-news.ts';
import { recordMessages } from '../receive/record-messages.ts';
import type { SendServices, Services } from '../services.ts';
import { noteActivity } from '../watch/note-activity.ts';
import { continueSend } from './continue-send.ts';
import type { MadeMail } from './message-of-sent.ts';

/**
 * Records a mail and tries to hand it to the account's submission server at once. From the record on nothing is lost:
 * what cannot be sent now stays queued and is tried again. Recording the same mail again takes up the one recorded first.
 *
 * @returns the message with the state its mail is in now
 * @throws Fault `send-refused` when the server will not take it
 */
export async function recordAndSend(services: Services, account: Account, made: MadeMail): Promise<Message> {
  await record(services, account, made);
  const noting = noteActivity(services, account.id);
  try {
    return await sendRecorded(services, account, made.message);
  } finally {
    await noting;
  }
}

/**
 * Takes the mail of a recorded message one step on.
 *
 * @returns the message with the state its mail is in now
 * @throws Fault `send-refused` when the server does not take it, or did not
 */
export async function sendRecorded(
  services: SendServices,
  account: Account,
  message: Message,
): Promise<Message> {
  const state = await continueSend(services, account.id, message.messageId, { isJustRecorded: true });
  if (state === 'refused') {
    throw new Fault(
      'send-refused',
      'The mail server refused this message. Check the recipients and the text.',
    );
  }
  return { ...message, outgoing: state };
}

/** The promise to send comes first and is found again by the minute tick, whatever happens after it. */
async function record(services: Services, account: Account, made: MadeMail): Promise<void> {
  const { message, ref, recipients, mail } = made;
  const giveUpAt = message.receivedAt + limits.sendGiveUpMs;
  await putPendingWork(services.store, {
    kind: 'send',
    id: message.messageId,
    accountId: account.id,
    messageId: message.messageId,
    notBeforeAt: message.receivedAt + limits.sendAttemptMs,
    giveUpAt,
  });
  const outgoing: OutgoingMail = {
    accountId: account.id,
    messageId: message.messageId,
    conversationId: message.conversationId,
    messageKey: message.key,
    state: 'queued',
    recipients,
    attempts: 0,
    notBeforeAt: 0,
    sealedMail: await sealForAccount(services, account, mail),
    createdAt: message.receivedAt,
    // Receipts and bounces find their message by this record.
    expiresAt: Math.max(message.expiresAt, message.receivedAt + limits.outgoingKeptMs),
  };
  await createOutgoing(services.store, outgoing);
  await putNewMessage(services.store, message);
  await recordMessages(services, account, ref, [message]);
  await tellNews(services, account.id);
}
