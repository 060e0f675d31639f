import { parseAddresses } from './addresses.ts';
import type { Header } from './header.ts';
import { messageIdIn } from './message-id.ts';
import type { ReceivedMail } from './received-mail.ts';

/** Set on a mail once a receipt was sent for it (RFC 3503), so that no other client sends a second one. */
export const receiptSentFlag = '$MDNSent';

/**
 * Whether a receipt may go out for a mail now, as RFC 8098 section 2.1 and the COI client spec have it: it is asked for, for
 * the sender and nobody else, none was sent, and a person wrote to us. Receipts for mail of lists and machines would tell a
 * stranger that somebody reads this mailbox.
 *
 * @param sender the address in From, normalised
 */
export function isReceiptDue(
  { header, flags }: Pick<ReceivedMail, 'header' | 'flags'>,
  sender: string,
): boolean {
  return (
    isAskedFor(header, sender) &&
    !flags.some((flag) => flag.toLowerCase() === receiptSentFlag.toLowerCase()) &&
    !isOfMachine(header) &&
    canBeNamed(messageIdIn(header)) &&
    // Others need SMTPUTF8 (RFC 6531).
    /^[!-~]+$/.test(sender)
  );
}

function isAskedFor(header: Header, sender: string): boolean {
  const wanted = ['disposition-notification-to', 'chat-disposition-notification-to'].flatMap((name) =>
    header.all(name).flatMap(parseAddresses),
  );
  const [returnPath] = parseAddresses(header.first('return-path') ?? '');
  return (
    wanted.length > 0 &&
    wanted.every(({ address }) => address === sender) &&
    // Section 2.1: without asking the user, not where the mail came from another address than the receipt goes to.
    (returnPath === undefined || returnPath.address === sender) &&
    // Section 2.2: what is required and not understood forbids the receipt. We understand none.
    !/=\s*required\b/i.test(header.first('disposition-notification-options') ?? '')
  );
}

/** Lists (RFC 2919), bulk mail, and what RFC 3834 section 5 calls automatic. */
function isOfMachine(header: Header): boolean {
  const automatic = header.first('auto-submitted')?.split(';', 1)[0]?.trim().toLowerCase() ?? 'no';
  return (
    automatic !== 'no' ||
    ['list-id', 'list-post', 'list-unsubscribe'].some((name) => header.has(name)) ||
    /^\s*(?:bulk|list|junk)\b/i.test(header.first('precedence') ?? '')
  );
}

/** A receipt has to say which mail it is for, in a line of its own. */
function canBeNamed(messageId: string | undefined): boolean {
  return messageId !== undefined && messageId.length < 900 && /^<[!-~]+>$/.test(messageId);
}
