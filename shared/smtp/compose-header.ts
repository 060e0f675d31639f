import { encodeWord } from 'nodemailer/lib/mime-funcs';
import type { Address } from '../coi/received-mail.ts';

/**
 * A text as the value of a header field: as it is where it is plain ASCII on one line, else as encoded words (RFC 2047),
 * which carry everything and break out of nothing. A text that looks encoded is encoded, so that it is read as it is.
 */
export function headerText(text: string): string {
  const isPlain = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !text.includes('=?');
  // Base64 alone: the Q form of a blank or a line break is read in more than one way.
  return isPlain ? text : encodeWord(text, 'B', 52);
}

/** A name and an address as one mailbox (RFC 5322 section 3.4), the name encoded unless it is words of ASCII. */
export function mailboxText({ address, name }: Address): string {
  if (name === undefined || name === '') return address;
  return `${/^[\w ]*\w$/.test(name) && /^\w/.test(name) ? name : encodeWord(name, 'B', 52)} <${address}>`;
}
