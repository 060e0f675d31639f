import { decodeEncodedWords } from './encoded-words.ts';

/** A header value with its encoded words (RFC 2047) decoded and control characters replaced by blanks. */
export function decodeText(value: string): string {
  // Most values have none, and looking costs far less than decoding.
  const decoded = value.includes('=?') ? decodeEncodedWords(value) : value;
  return decoded.replace(/\p{Cc}+/gu, ' ');
}

/** At most `characters` UTF-16 units of a text, never half of a surrogate pair. */
export function shorten(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const cut = text.slice(0, characters);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Quoted-printable (RFC 2045 section 6.7) as bytes; what is no valid escape stays as it is. */
export function decodeQuotedPrintable(text: string): Buffer {
  const joined = text
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .join('\r\n')
    .replace(/=\r\n|=$/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
