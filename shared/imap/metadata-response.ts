import { arrayOf, memberOf } from '../core/outside-data.ts';
import { textOf } from './tokens.ts';

/**
 * The entries with values in one METADATA response (RFC 5464 section 4.4.1), as imapflow parsed its arguments. Values come
 * as literals, quoted strings or, from servers that are less strict, atoms; NIL means that there is no such entry. What
 * names entries only (section 4.4.2) has no values, and what does not fit is left out.
 */
export function metadataEntries(attributes: unknown, mailbox: string): (readonly [string, string])[] {
  const [name, list] = arrayOf(attributes);
  if (textOf(name, 'utf8')?.toLowerCase() !== mailbox.toLowerCase()) return [];
  const items = arrayOf(list);
  const entries: (readonly [string, string])[] = [];
  for (let index = 0; index + 1 < items.length; index += 2) {
    const entry = textOf(items[index], 'utf8');
    const value = textOf(items[index + 1], 'utf8');
    if (entry?.startsWith('/') && value !== undefined) entries.push([entry, value]);
  }
  return entries;
}

/** A response code with its arguments, in upper case: `METADATA`, `MAXSIZE`, `1024`. Empty when there is none. */
export function responseCodeWords(response: unknown): readonly string[] {
  const [first] = arrayOf(memberOf(response, 'attributes'));
  return arrayOf(memberOf(first, 'section')).flatMap((word) => textOf(word, 'utf8')?.toUpperCase() ?? []);
}
