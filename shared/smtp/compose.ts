import MailComposer from 'nodemailer/lib/mail-composer';
import type { Address } from '../coi/received-mail.ts';
import { type MailFields, requireCleanFields } from './compose-check.ts';
import { headerText, mailboxText } from './compose-header.ts';
import { fillNode } from './compose-part.ts';

/** A mail to write. Its id and date are fixed before: a repeated attempt writes the very same bytes. */
export type MailToCompose = MailFields & {
  /** In ms since the epoch. */
  readonly date: number;
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
  const { inReplyTo, replyTo = [] } = mail;
  const [first] = mail.references;
  const last = mail.references.at(-1);
  const root = new MailComposer({
    messageId: mail.messageId,
    date: new Date(mail.date),
    from: mailbox(mail.from),
    to: mail.to.map(mailbox),
    subject: headerText(mail.subject),
    headers: {
      'Chat-Version': '1.0',
      ...(mail.requestReceipt ? receiptFields(mail.from) : {}),
      ...mail.fields,
    },
    ...(replyTo.length === 0 ? {} : { replyTo: replyTo.map(mailbox) }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...(first === undefined || last === undefined
      ? {}
      : { references: first === last ? first : [first, last] }),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  root.baseBoundary = mail.messageId.replace(/[^0-9A-Za-z]/g, '').slice(-boundaryCharacters);
  fillNode(root, mail.body);
  return root.build();
}

/** A boundary has at most 70 characters (RFC 2046 section 5.1.1), and nodemailer puts some around these. */
const boundaryCharacters = 40;

/**
 * The COI client spec wants the address as it stands in From. Delta Chat has a field of its own, because other mail
 * programs answer the standard one in odd ways.
 */
function receiptFields(from: Address): Record<string, string> {
  const mailbox = mailboxText(from);
  return { 'Disposition-Notification-To': mailbox, 'Chat-Disposition-Notification-To': mailbox };
}

function mailbox({ address, name }: Address): { address: string; name: string } {
  return { address, name: name ?? '' };
}
