import { decodeCharset } from './decode-charset.ts';

/** Charset (without the language of RFC 2231 section 5), encoding and text. Blanks in the text are a mistake many make. */
const encodedWord = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([BQ])\?([^?]*)\?=/gi;

/**
 * Decodes the encoded words of a header value (RFC 2047). Blanks between two of them are dropped, and neighbours in one
 * charset are decoded as one text, because senders cut characters in two. What is no encoded word stays as it is.
 */
export function decodeEncodedWords(value: string): string {
  let decoded = '';
  let run: { readonly charset: string; readonly bytes: Buffer[] } | undefined;
  let end = 0;
  const runText = () => (run === undefined ? '' : decodeCharset(Buffer.concat(run.bytes), run.charset));
  for (const match of value.matchAll(encodedWord)) {
    const [whole, charset = '', encoding = '', text = ''] = match;
    const between = value.slice(end, match.index);
    const isNeighbour = run !== undefined && between.trim() === '';
    if (!isNeighbour || run?.charset !== charset) {
      decoded += runText() + (isNeighbour ? '' : between);
      run = { charset, bytes: [] };
    }
    run.bytes.push(/b/i.test(encoding) ? Buffer.from(text, 'base64') : decodeQ(text));
    end = match.index + whole.length;
  }
  return decoded + runText() + value.slice(end);
}

/** RFC 2047 section 4.2. Characters beyond ASCII do not belong there; as UTF-8 they are most likely what was meant. */
function decodeQ(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('_', ' '), 'utf8').toString('latin1');
  return Buffer.from(
    bytes.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}
