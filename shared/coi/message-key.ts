import { createHash } from 'node:crypto';

const timeDigits = 9;
/** The year 5188; IMAP dates go up to 9999. */
const latestAt = 36 ** timeDigits - 1;

/**
 * What a message is stored and sorted under in its conversation: when the mailbox got it, then a hash of its Message-ID.
 * Both come with the mail, so the same mail read again has the same key.
 */
export function messageKey(receivedAt: number, messageId: string): string {
  const at = Number.isFinite(receivedAt) ? Math.min(Math.max(0, Math.floor(receivedAt)), latestAt) : 0;
  return `${at.toString(36).padStart(timeDigits, '0')}#${messageHash(messageId)}`;
}

/**
 * The key of a mail. Mailboxes note the second in which they got it; among the mails of one second, the `Date` their senders
 * wrote tells which is the later one, as far as it is near (of two edits or reactions, the later one counts).
 */
export function keyOfMail(mail: {
  readonly receivedAt: number;
  readonly date: number | undefined;
  readonly messageId: string;
}): string {
  const { receivedAt, date = receivedAt, messageId } = mail;
  const second = Math.floor(receivedAt / 1000);
  const ahead = Math.min(499, Math.max(-500, Math.floor(date / 1000) - second));
  return messageKey(second * 1000 + 500 + ahead, messageId);
}

/** When the message of a key came (ms, to the second). */
export function timeOfKey(key: string): number {
  return Number.parseInt(key.slice(0, timeDigits), 36);
}

/** The part of a key that knows a message whenever it came: two keys with one hash are one message. */
export function hashOfKey(key: string): string {
  return key.slice(timeDigits + 1);
}

/** The same of a message that is only spoken of. */
export function messageHash(messageId: string): string {
  return createHash('sha256').update(messageId).digest('base64url').slice(0, 8);
}
