import { mailDateText } from '../coi/mail-date.ts';
import { requirePlain } from './compose-check.ts';

export type AliasProofToCompose = {
  /** With angle brackets; nobody can guess it. */
  readonly messageId: string;
  /** In ms since the epoch. */
  readonly date: number;
  /** From and to it. */
  readonly alias: string;
};

/**
 * The bytes of a mail from an alias to itself: where it comes back to the mailbox, and still from the alias, the account may
 * write as the alias.
 *
 * @throws Error when the address or the id would break out of its field
 */
export function composeAliasProof({ messageId, date, alias }: AliasProofToCompose): Buffer {
  requirePlain([messageId], [alias]);
  const lines = [
    `From: <${alias}>`,
    `To: <${alias}>`,
    'Subject: Your address is being checked',
    `Date: ${mailDateText(date)}`,
    `Message-ID: ${messageId}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'This mail was sent for you, to see that this address of yours can be used in',
    'your chats. There is nothing to do; it may be deleted.',
    '',
  ];
  return Buffer.from(lines.join('\r\n'), 'latin1');
}
