/** Bytes in a charset as text. A charset nobody knows is read as UTF-8; bytes that do not fit become U+FFFD. */
export function decodeCharset(bytes: Buffer, charset: string): string {
  const name = charset.trim().toLowerCase();
  if (/^(?:utf-?8|us-ascii|ascii)$/.test(name)) return bytes.toString('utf8');
  try {
    const decoder = new TextDecoder(name);
    const text = decoder.decode(bytes);
    return decoder.encoding === 'windows-1252' ? asWindows(text) : text;
  } catch {
    return bytes.toString('utf8');
  }
}

/** 0x80 to 0x9f in windows-1252, as the Encoding Standard has it; a blank stands for the five that mean nothing. */
const windows =
  '\u20ac \u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152 \u017d  \u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153 \u017e\u0178';

/** Node 20 and 22 decode windows-1252 as if it were ISO 8859-1 (nodejs/node#56542): curly quotes become control characters. */
function asWindows(text: string): string {
  return text.replace(/[\x80-\x9f]/g, (control) => windows[control.charCodeAt(0) - 0x80] ?? control);
}
