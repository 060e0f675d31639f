import MailComposer from 'nodemailer/lib/mail-composer';
import type { Address } from '../coi/received-mail.ts';
import { Fault } from '../core/faults.ts';

/** A chat message to make into a mail. Its id and date are fixed before: a repeated attempt sends the very same mail. */
export type MailToCompose = {
  /** With angle brackets. */
  readonly messageId: string;
  /** In ms since the epoch. */
  readonly date: number;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly subject: string;
  /** The thread, oldest first, with angle brackets. The mail names its first and its last (COI client spec). */
  readonly references: readonly string[];
  readonly text: string;
  /** Asks for a read receipt. */
  readonly requestReceipt: boolean;
};

/**
 * The bytes of a COI chat mail. The same bytes are submitted and filed as the Sent copy. There is no Bcc, and nothing in
 * the input is ever taken for a file or a URL.
 *
 * @throws Fault `invalid-request` when an address, id or name would break out of its header field
 */
export async function composeMail(mail: MailToCompose): Promise<Buffer> {
  requireCleanFields(mail);
  const { references } = mail;
  const first = references[0];
  const last = references.at(-1);
  const composer = new MailComposer({
    messageId: mail.messageId,
    date: new Date(mail.date),
    from: mailbox(mail.from),
    to: mail.to.map(mailbox),
    subject: mail.subject,
    headers: { 'Chat-Version': '1.0', ...(mail.requestReceipt ? receiptFields(mail.from.address) : {}) },
    // Plain UTF-8 instead of format=flowed, which cannot carry trailing blanks and leading `>` as they are.
    text: mail.text,
    ...(last === undefined ? {} : { inReplyTo: last }),
    ...(first === undefined || last === undefined
      ? {}
      : { references: first === last ? first : [first, last] }),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** Delta Chat has a field of its own, because other mail programs answer the standard one in odd ways. */
function receiptFields(address: string): Record<string, string> {
  return { 'Disposition-Notification-To': address, 'Chat-Disposition-Notification-To': address };
}

function mailbox({ address, name }: Address): { address: string; name: string } {
  return { address, name: name ?? '' };
}

/** Line breaks and NUL in a header field start a new field or end the header. */
function requireCleanFields({ messageId, from, to, subject, references }: MailToCompose): void {
  const problems = [
    ...(/[\r\n\0]/.test(subject) ? [{ field: 'subject', message: 'must not hold line breaks' }] : []),
    ...(isMailbox(from) ? [] : [{ field: 'from', message: 'is not an address with an optional name' }]),
    ...to.flatMap((recipient, index) =>
      isMailbox(recipient)
        ? []
        : [{ field: `to.${index}`, message: 'is not an address with an optional name' }],
    ),
    ...([messageId, ...references].every((id) => messageIdForm.test(id))
      ? []
      : [{ field: 'messageId', message: 'is not a message id' }]),
  ];
  if (to.length === 0) problems.push({ field: 'to', message: 'must name at least one address' });
  if (problems.length === 0) return;
  throw new Fault('invalid-request', 'The message cannot be made into a mail.', { fields: problems });
}

const messageIdForm = /^<[^<>\s\0]+>$/;

/** The shape of an address, not its validity: nothing in it may start another address or another field. */
function isMailbox({ address, name }: Address): boolean {
  return /^[^\s<>,;:"()\\\0]+@[^\s<>,;"()\\@\0]+$/.test(address) && !/[\r\n\0]/.test(name ?? '');
}
