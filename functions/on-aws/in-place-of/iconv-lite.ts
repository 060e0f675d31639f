/** As much of iconv-lite as imapflow uses for what we ask of it: the modified UTF-7 of folder names (RFC 3501 section 5.1.3). */
const iconv = {
  encode(text: string, _encoding: 'utf-7-imap'): Buffer {
    const encoded = text.replace(/&|[^\x20-\x7e]+/g, (part) => (part === '&' ? '&-' : `&${shifted(part)}-`));
    return Buffer.from(encoded, 'latin1');
  },
  decode(bytes: Buffer, _encoding: 'utf-7-imap'): string {
    return bytes
      .toString('latin1')
      .replace(/&([^-]*)-/g, (_, part: string) => (part === '' ? '&' : unshifted(part)));
  },
};

function shifted(text: string): string {
  return Buffer.from(text, 'utf16le').swap16().toString('base64').replaceAll('/', ',').replace(/=+$/, '');
}

function unshifted(text: string): string {
  const bytes = Buffer.from(text.replaceAll(',', '/'), 'base64');
  return bytes
    .subarray(0, bytes.length - (bytes.length % 2))
    .swap16()
    .toString('utf16le');
}

// biome-ignore lint/style/noDefaultExport: imapflow imports it so.
export default iconv;
