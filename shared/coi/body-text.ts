import { chatContentOf } from './chat-content.ts';
import { decodeCharset, decodeQuotedPrintable } from './decode-text.ts';
import { parseHeader } from './header.ts';

/** How a body part says it is to be read. */
type Form = {
  readonly type: string;
  readonly charset: string;
  readonly encoding: string;
  readonly boundary: string | undefined;
};

/**
 * The plain text of a small body, or undefined where there is none to be had cheaply: in a multipart the first text/plain
 * part that is not marked `Chat-Content: ignore`. Bounded by the body, which is small; depth is bounded.
 */
export function bodyText(
  header: { first(name: string): string | undefined },
  body: Buffer,
  depth = 0,
): string | undefined {
  if (chatContentOf(header.first('chat-content')) === 'ignore') return undefined;
  const form = formOf(header);
  if (form.type === 'text/plain') return unflow(decode(body, form), header.first('content-type') ?? '');
  if (form.boundary === undefined || !form.type.startsWith('multipart/') || depth > 4) return undefined;
  for (const part of splitParts(body, form.boundary)) {
    const end = /\r?\n\r?\n/.exec(part.toString('latin1'));
    if (end === null) continue;
    const text = bodyText(
      parseHeader(part.subarray(0, end.index + end[0].length)),
      part.subarray(end.index + end[0].length),
      depth + 1,
    );
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The first words for a notification: no quotes, no signature, one line, at most `limit` characters. */
export function previewOf(text: string, limit: number): string | undefined {
  const [unsigned = ''] = text.split(/^-- ?\r?$/m, 1);
  const words = unsigned
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('>'))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (words === '') return undefined;
  const cut = [...words].slice(0, limit).join('');
  return cut.length < words.length ? `${cut}…` : cut;
}

/**
 * Whether the text mentions one of these addresses, or everybody (COI client spec, "Mentions"): `@Name:address`,
 * `@"Name with blanks":address`, `@all`.
 */
export function mentions(text: string, addresses: readonly string[]): boolean {
  if (/(?:^|\s)@all\b/i.test(text)) return true;
  for (const [, address] of text.matchAll(/@(?:"[^"\r\n]{1,200}"|[^\s:"@]{1,200}):([^\s<>,;]{3,320})/g)) {
    const mentioned = (address ?? '').toLowerCase().replace(/[.!?)]+$/, '');
    if (addresses.includes(mentioned)) return true;
  }
  return false;
}

function formOf(header: { first(name: string): string | undefined }): Form {
  const contentType = header.first('content-type') ?? 'text/plain';
  return {
    type: contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '',
    charset: parameterOf(contentType, 'charset') ?? 'utf-8',
    boundary: parameterOf(contentType, 'boundary'),
    encoding: header.first('content-transfer-encoding')?.trim().toLowerCase() ?? '7bit',
  };
}

/** A MIME parameter, quoted or not. */
export function parameterOf(value: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`, 'i').exec(value);
  return match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2];
}

function decode(body: Buffer, form: Form): string {
  const bytes =
    form.encoding === 'base64'
      ? Buffer.from(body.toString('latin1'), 'base64')
      : form.encoding === 'quoted-printable'
        ? decodeQuotedPrintable(body.toString('latin1'))
        : body;
  return decodeCharset(bytes, form.charset);
}

/** format=flowed (RFC 3676): a line that ends in a blank goes on in the next one. */
function unflow(text: string, contentType: string): string {
  if (!/format\s*=\s*"?flowed/i.test(contentType)) return text;
  const delSp = /delsp\s*=\s*"?yes/i.test(contentType);
  return text.replace(/^ (?=[ >]|From )/gm, '').replace(/(?<!^--) \r?\n(?!>)/gm, delSp ? '' : ' ');
}

function splitParts(body: Buffer, boundary: string): Buffer[] {
  const text = body.toString('latin1');
  const marker = `--${boundary}`;
  const parts: Buffer[] = [];
  for (let at = text.indexOf(marker); at >= 0; ) {
    const start = text.indexOf('\n', at) + 1;
    const next = text.indexOf(`\n${marker}`, start - 1);
    if (start === 0 || text.startsWith('--', at + marker.length)) break;
    parts.push(body.subarray(start, next < 0 ? undefined : next));
    at = next < 0 ? -1 : next + 1;
  }
  return parts;
}
