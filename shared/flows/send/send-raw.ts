import { createHash } from 'node:crypto';
import { type CheckedRawMail, checkRawMail } from '../../coi/check-raw-mail.ts';
import { Fault, invalidFields } from '../../core/faults.ts';
import { completeIdempotencyKey, reserveIdempotencyKey } from '../../store/idempotency.ts';
import type { Account, Message } from '../../store/items.ts';
import { getLiveMessage } from '../conversations/live-message.ts';
import { messageRef, parseMessageRef } from '../conversations/message-ref.ts';
import type { Services } from '../services.ts';
import { messageOfSent } from './message-of-sent.ts';
import { recordAndSend } from './record-and-send.ts';

/** A mail that a client made, and its recipients where the header is not to tell them. */
export type RawToSend = { readonly raw: Buffer; readonly to: readonly string[] | undefined };

/**
 * Sends a mail that a client made, as it is: an end-to-end encrypted one can be made nowhere else. It is recorded as our
 * own message in the conversation its header tells, or else its recipients. A Message-ID is sent once: the same mail again
 * gives the message of the first time, and another mail under its id is a conflict.
 *
 * @throws Fault `invalid-request` with all that is wrong, `conflict`, or `send-refused` when the server will not take it
 */
export async function sendRaw(services: Services, account: Account, input: RawToSend): Promise<Message> {
  const checked = checkRawMail(input.raw, { own: [account.email, ...account.aliases], to: input.to });
  if (checked.kind === 'unfit') throw invalidFields(checked.problems);
  const { store, clock } = services;
  // Line breaks are in no Idempotency-Key of a client.
  const key = `raw\n${checked.messageId}`;
  const hash = fingerprintOf(checked);
  const now = clock.now();
  const taken = await reserveIdempotencyKey(store, account.id, key, {
    hash,
    now,
    expiresAt: now + services.retentionMs,
  });
  if (taken.kind === 'existing') {
    if (taken.requestHash === hash) return sentBefore(services, account, taken.reply);
    throw new Fault('conflict', 'Another mail was sent with this Message-ID. Give each mail one of its own.');
  }
  const { recipients, mail } = checked;
  // INTERNALDATE has whole seconds: the copy must come back with the same time, and so the same key.
  const sentAt = Math.floor(taken.firstAt / 1000) * 1000;
  const made = messageOfSent(services, account, undefined, { mail, recipients, sentAt });
  const finish = () => completeIdempotencyKey(store, account.id, key, messageRef(made.message));
  try {
    const sent = await recordAndSend(services, account, made);
    await finish();
    return sent;
  } catch (error) {
    // A refusal is final. Whatever else goes wrong, a repeat takes up what was recorded.
    if (error instanceof Fault && error.code === 'send-refused') await finish();
    throw error;
  }
}

/** The message that the mail became the first time, with what became of it. */
async function sentBefore(
  { store, clock }: Services,
  account: Account,
  reply: string | undefined,
): Promise<Message> {
  if (reply === undefined) {
    throw new Fault('conflict', 'This mail is being sent by another request.', { retryAfterSeconds: 2 });
  }
  const ref = parseMessageRef(reply);
  const message = ref && (await getLiveMessage(store, account.id, ref, clock.now()));
  if (message === undefined) throw new Fault('conflict', 'This mail was sent before, and deleted since.');
  if (message.outgoing !== 'refused') return message;
  throw new Fault('send-refused', 'The mail server refused this mail. Send it anew with another Message-ID.');
}

function fingerprintOf({ mail, recipients }: CheckedRawMail): string {
  return createHash('sha256')
    .update(`${recipients.join(' ')}\n`)
    .update(mail)
    .digest('base64url');
}
