import { decodeCharset } from './decode-charset.ts';

/** The `type/subtype` of a Content-Type value, lower case; `text/plain` where there is none (RFC 2045 section 5.2). */
export function mediaTypeOf(value: string | undefined): string {
  if (value === undefined) return 'text/plain';
  const type = value.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'text/plain' : type;
}

/**
 * The first MIME parameter of this name, quoted or not, or else its extended form, in pieces or not (RFC 2231). A quoted
 * value is never taken for parameters of its own.
 */
export function parameterOf(value: string | undefined, name: string): string | undefined {
  const pieces: string[] = [];
  for (const [, key = '', quoted, plain = ''] of (value ?? '').matchAll(parameters)) {
    const word = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    if (key.toLowerCase() === name) return word;
    if (key.toLowerCase().startsWith(`${name}*`))
      pieces.push(key.endsWith('*') ? word : encodeURIComponent(word));
  }
  return pieces.length === 0 ? undefined : extended(pieces.join(''));
}

/** `charset'language'percent-encoded`. */
function extended(value: string): string {
  const [charset = '', , ...encoded] = value.split("'");
  const isMarked = encoded.length > 0;
  const bytes = (isMarked ? encoded.join("'") : value).replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeCharset(Buffer.from(bytes, 'latin1'), isMarked ? charset : 'utf-8');
}

const parameters = /;\s*([^=;\s"]+)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"?|([^;\s]*))/g;
