import { normaliseAddress } from './addresses.ts';
import { ownWordsOf } from './preview.ts';

/**
 * Whether a text mentions one of these addresses, or everybody (COI client spec, "Mentions"): `@Name:address`,
 * `@"Name with blanks":address`, `@all`. A quoted mention was one when it was written, and is not again.
 *
 * @param addresses normalised; another plus-address of the same mailbox is somebody else
 */
export function mentions(text: string, addresses: readonly string[]): boolean {
  const words = ownWordsOf(text);
  if (/(?:^|\s)@all(?![\w-])/i.test(words)) return true;
  for (const [, address] of words.matchAll(/@(?:"[^"\r\n]{1,200}"|[^\s:"@]{1,200}):([^\s<>,;]{3,320})/g)) {
    if (addresses.includes(normaliseAddress(address ?? '').replace(/[.!?:)"'*_]+$/, ''))) return true;
  }
  return false;
}

/** The same for formatted text: `<a class="mention" href="mailto:address">`. */
export function mentionsInHtml(html: string, addresses: readonly string[]): boolean {
  for (const [tag] of html.matchAll(/<a\s[^<>]{1,2000}>/gi)) {
    const isMention = /\sclass\s*=\s*["']?[^"'>]*\bmention\b/i.test(tag);
    const address = /\shref\s*=\s*["']?mailto:([^"'\s>?]+)/i.exec(tag)?.[1];
    if (isMention && address !== undefined && addresses.includes(normaliseAddress(unescaped(address))))
      return true;
  }
  return false;
}

/** RFC 6068: an address in a link may be percent-encoded. */
function unescaped(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
