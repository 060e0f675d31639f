import MailComposer from 'nodemailer/lib/mail-composer';
import type { Address } from '../coi/received-mail.ts';
import { requireCleanFields } from './compose-check.ts';
import { headerText, mailboxText } from './compose-header.ts';
import { fillNode, type MailPart } from './compose-part.ts';

/** A mail to write. Its id and date are fixed before: a repeated attempt writes the very same bytes. */
export type MailToCompose = {
  /** With angle brackets, and known to nobody before: it makes the boundaries, which must not occur in a text. */
  readonly messageId: string;
  /** In ms since the epoch. */
  readonly date: number;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly subject: string;
  /** The thread, oldest first, with angle brackets. The mail names its first and its last (COI client spec). */
  readonly references: readonly string[];
  /** The message this one answers or changes. */
  readonly inReplyTo?: string | undefined;
  /** Where answers go to, when that is not `from`. */
  readonly replyTo?: readonly Address[] | undefined;
  /** More fields; their values are ASCII. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly body: MailPart;
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
