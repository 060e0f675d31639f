import { mailDateText } from '../coi/mail-date.ts';
import type { Address } from '../coi/received-mail.ts';
import { requirePlain } from './compose-check.ts';

export type ReceiptToCompose = {
  /** That of the receipt itself, with angle brackets. */
  readonly messageId: string;
  /** In ms since the epoch. */
  readonly date: number;
  /** The address the mail was sent to. */
  readonly from: Address;
  /** Who asked for it. */
  readonly to: Address;
  /** The Message-ID of the mail that was read. */
  readonly original: string;
};

/**
 * The bytes of a read receipt (RFC 8098): that a mail was displayed, and nothing of the mail itself. The same receipt is
 * the same bytes. Subject and Auto-Submitted are Delta Chat's; ordinary mail programs show the first part.
 *
 * @throws Error when an address or id would break out of its field
 */
export function composeReceipt({ messageId, date, from, to, original }: ReceiptToCompose): Buffer {
  requirePlain([messageId, original], [from.address, to.address]);
  const boundary = 'receipt-parts';
  const lines = [
    `From: <${from.address}>`,
    `To: <${to.address}>`,
    'Subject: Receipt Notification',
    `Date: ${mailDateText(date)}`,
    `Message-ID: ${messageId}`,
    `In-Reply-To:\r\n ${original}`,
    `References:\r\n ${original}`,
    'Chat-Version: 1.0',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=disposition-notification;',
    `\tboundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This is a receipt for the message you sent: it was displayed.',
    'That is no guarantee that it was read or understood.',
    '',
    `--${boundary}`,
    'Content-Type: message/disposition-notification',
    '',
    `Final-Recipient: rfc822;${from.address}`,
    `Original-Message-ID:\r\n ${original}`,
    'Disposition: manual-action/MDN-sent-manually; displayed',
    '',
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
