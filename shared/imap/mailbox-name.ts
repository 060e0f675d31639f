/**
 * A folder's name as IMAP4rev1 carries it: modified UTF-7 (RFC 3501 section 5.1.3). imapflow does this for its own commands
 * and tells names decoded. The result is printable ASCII, whatever the name holds.
 */
export function encodeMailboxName(path: string): string {
  return path.replace(/&|[^ -~]+/g, (run) => (run === '&' ? '&-' : `&${base64Of(run)}-`));
}

/** A name as it came from the wire, to compare: INBOX alone is the same in any case (RFC 9051 section 5.1). */
export function wireName(name: string): string {
  return /^inbox$/i.test(name) ? 'INBOX' : name;
}

/** Modified base64 of the UTF-16 units, big-endian: a comma for the slash, no padding. */
function base64Of(run: string): string {
  const bytes = Buffer.from(run, 'utf16le').swap16();
  return bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '');
}
