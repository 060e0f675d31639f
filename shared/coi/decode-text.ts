import libmime from 'libmime';

/** A header value with its encoded words (RFC 2047) decoded and control characters replaced by blanks. */
export function decodeText(value: string): string {
  // Most values have none, and looking costs far less than decoding.
  const decoded = value.includes('=?') ? decodeWords(value) : value;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get out
  return decoded.replace(/[\u0000-\u001f\u007f]+/g, ' ');
}

/** Bytes in a charset as text. A charset nobody knows is read as UTF-8; bytes that do not fit become U+FFFD. */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const name = charset.toLowerCase();
  if (/^(?:utf-?8|us-ascii|ascii)$/.test(name)) return bytes.toString('utf8');
  try {
    return new TextDecoder(name).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}

/** Quoted-printable (RFC 2045 section 6.7) as bytes; what is no valid escape stays as it is. */
export function decodeQuotedPrintable(text: string): Buffer {
  const joined = text
    .replace(/[ \t]*=?(?=\r?\n|$)/g, (end) => (end.endsWith('=') ? '=' : ''))
    .replace(/=\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function decodeWords(value: string): string {
  try {
    return libmime.decodeWords(value);
  } catch {
    // A charset nobody knows: the encoded form is better than nothing.
    return value;
  }
}
