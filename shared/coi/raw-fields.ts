/** One header field of a mail as it was written, with the bytes it takes: `raw.subarray(start, end)` has its line breaks. */
export type RawField = {
  /** Lower case. */
  readonly name: string;
  /** Unfolded and trimmed, one character per byte, still encoded. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
};

/** The header of a mail in strict form, or the first thing about the bytes that no mail may have. */
export type RawHeader =
  | { readonly kind: 'header'; readonly fields: readonly RawField[]; readonly bodyAt: number }
  | { readonly kind: 'malformed'; readonly why: string };

/** RFC 5322 section 2.1.1: characters in a line, its CRLF not counted. Servers cut longer ones, or refuse them. */
const lineBytes = 998;

/**
 * Reads the header of a mail that is to be sent. What a lenient reader forgives is refused here, because each server and
 * client on the way would read it in its own way: a second `From` behind a bare line feed is one to some and not to others.
 *
 * @param headerBytes what a header may have at most, its empty line included
 */
export function readRawHeader(raw: Buffer, headerBytes: number): RawHeader {
  const badLine = problemOfLines(raw);
  if (badLine !== undefined) return { kind: 'malformed', why: badLine };
  const gap = raw.indexOf('\r\n\r\n');
  if (gap < 0) return { kind: 'malformed', why: 'needs an empty line between header and body' };
  if (gap + 4 > headerBytes) {
    return { kind: 'malformed', why: `has a header of more than ${headerBytes} bytes` };
  }
  const fields: RawField[] = [];
  let start = 0;
  // A line that starts with a blank continues the one before (folding).
  for (const field of raw.toString('latin1', 0, gap + 2).split(/(?<=\r\n)(?![ \t])/)) {
    const [, name, value = ''] = /^([!-9;-~]+):(.*)$/s.exec(field) ?? [];
    if (name === undefined)
      return { kind: 'malformed', why: `has a header line that is no field (${fields.length + 1})` };
    // RFC 5322 section 3.2.2. Some readers take such a line for the end of the header.
    if (/\r\n[ \t]+\r\n/.test(value)) return { kind: 'malformed', why: 'has a header line of blanks only' };
    // Only SMTPUTF8 (RFC 6531) carries them, and few servers have it.
    if (/[^\t\r\n -~]/.test(value)) {
      return { kind: 'malformed', why: `has characters in ${name} that must be encoded (RFC 2047)` };
    }
    const end = start + field.length;
    fields.push({ name: name.toLowerCase(), value: value.replaceAll('\r\n', '').trim(), start, end });
    start = end;
  }
  return { kind: 'header', fields, bodyAt: gap + 4 };
}

const [cr, lf] = [0x0d, 0x0a];

/** Bare CR, bare LF and NUL are in no mail (RFC 5322 section 2.2, RFC 2045 section 2.8); SMTP smuggling is made of them. */
function problemOfLines(raw: Buffer): string | undefined {
  let lineStart = 0;
  let line = 1;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at];
    if (byte === 0) return `has a NUL in line ${line}`;
    if (byte === cr && raw[at + 1] !== lf) return `has a CR without LF in line ${line}`;
    if (byte !== lf) continue;
    if (at === 0 || raw[at - 1] !== cr) return `has an LF without CR in line ${line}`;
    if (at - 1 - lineStart > lineBytes) return `has more than ${lineBytes} bytes in line ${line}`;
    lineStart = at + 1;
    line += 1;
  }
  return raw.length - lineStart > lineBytes ? `has more than ${lineBytes} bytes in line ${line}` : undefined;
}
