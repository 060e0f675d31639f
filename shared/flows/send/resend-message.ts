import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Message, Outgoing, OutgoingMail } from '../../store/items.ts';
import { getOutgoing, moveOutgoing } from '../../store/outgoing.ts';
import { putPendingWork } from '../../store/pending-work.ts';
import { getLiveMessage } from '../conversations/live-message.ts';
import type { SendServices } from '../services.ts';
import { findSent } from './look-for-sent.ts';
import { noteSent } from './note-sent.ts';
import { sendRecorded } from './record-and-send.ts';

/**
 * Sends a message again of which nobody knows whether its mail went out, because its user says so: the same bytes under the
 * same Message-ID, by which mail programs know a second one. It is looked for first, and found it is not sent again. What
 * is still to be sent, or was sent, stays as it is.
 *
 * @returns the message with the state its mail is in now
 * @throws Fault `conflict` when it cannot be sent again, `send-refused` when the server will not take it, and what
 *   connecting to the mailbox throws: without a look, nothing is sent
 */
export async function resendMessage(
  services: SendServices,
  account: Account,
  message: Message,
): Promise<Message> {
  const { store, clock } = services;
  const outgoing = await getOutgoing(store, account.id, message.messageId, clock.now());
  if (outgoing === undefined || outgoing.isReceipt || message.outgoing === undefined) {
    throw new Fault('conflict', 'This message was not sent from here.');
  }
  if (outgoing.state === 'refused') {
    throw new Fault('conflict', 'The mail server refused this message. Write it anew.');
  }
  if (outgoing.state !== 'unknown') return asItIs(services, message, outgoing.state);
  const isReported = message.fold.receipts.length + message.fold.bounces.length > 0;
  const state = isReported ? await noteSent(services, outgoing) : await findSent(services, account, outgoing);
  if (state !== 'unknown') return asItIs(services, message, state);
  await queueAgain(services, outgoing);
  return sendRecorded(services, account, message);
}

async function queueAgain({ store, clock }: SendServices, outgoing: OutgoingMail): Promise<void> {
  const { accountId, messageId } = outgoing;
  if (outgoing.sealedMail === undefined) {
    throw new Fault('conflict', 'This message is too old to be sent again as it is. Write it anew.');
  }
  const now = clock.now();
  await putPendingWork(store, {
    ...{ kind: 'send', id: messageId, accountId, messageId },
    notBeforeAt: now + limits.sendAttemptMs,
    giveUpAt: outgoing.createdAt + limits.sendGiveUpMs,
  });
  // Whoever comes second finds it on its way, or sent.
  await moveOutgoing(
    store,
    { ...outgoing, state: 'queued', attempts: 0, notBeforeAt: 0, notTaken: undefined },
    outgoing,
  );
}

async function asItIs(
  { store, clock }: SendServices,
  message: Message,
  outgoing: Outgoing,
): Promise<Message> {
  return (await getLiveMessage(store, message.accountId, message, clock.now())) ?? { ...message, outgoing };
}
