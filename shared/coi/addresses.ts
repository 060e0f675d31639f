import { limits } from '../core/limits.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Address } from './received-mail.ts';

/** Trimmed and lower case, in composed form: what addresses are compared by. */
export function normaliseAddress(address: string): string {
  return address.trim().normalize('NFC').toLowerCase();
}

/** What stands behind the last `@`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/**
 * Reads an address list (RFC 5322 section 3.4), leniently: COI's own examples separate with `;`, and groups
 * (`"hidden-recipients": ;`, as Delta Chat writes) may be empty. What holds no address is left out, each address is given
 * once, and at most `limits.addressesPerMail` are. An address within a quoted name or a comment is never taken for the
 * address itself.
 */
export function parseAddresses(value: string): Address[] {
  const found = new Map<string, Address>();
  // Most fields that hold one are not there.
  if (!value.includes('@')) return [];
  for (const entry of entriesOf(value)) {
    const address = addressIn(entry.angle ?? entry.text);
    if (address === undefined || found.has(address)) continue;
    const name = entry.angle === undefined ? entry.comment : entry.name.trim() || entry.comment;
    found.set(address, { address, name: shownName(name) });
    if (found.size >= limits.addressesPerMail) break;
  }
  return [...found.values()];
}

/** One entry of a list, taken apart. */
type Entry = {
  /** What stands outside angle brackets and comments: as written, and without its quotes. */
  text: string;
  name: string;
  comment: string;
  angle: string | undefined;
};

/** Splits at commas and semicolons outside quotes and comments, in one pass: the length of the value is up to the sender. */
function* entriesOf(value: string): Generator<Entry> {
  // What is opened and never closed is an ordinary character.
  const last = { quote: value.lastIndexOf('"'), comment: value.lastIndexOf(')') };
  let entry: Entry = { text: '', name: '', comment: '', angle: undefined };
  let quoted = false;
  let inAngle = false;
  let comments = 0;
  // Told here and not from what was gathered: looking through that at each `:` or `,` would take time squared.
  let hasAt = false;
  let isRoute = false;
  for (let at = 0; at < value.length; at++) {
    let char = value.charAt(at);
    const escaped = char === '\\' && (quoted || comments > 0);
    if (escaped) {
      at += 1;
      char = value.charAt(at);
    }
    if (!escaped && comments === 0 && char === '"' && (quoted || at < last.quote)) {
      quoted = !quoted;
      if (inAngle) entry.angle += char;
      else entry.text += char;
    } else if (!escaped && !quoted && char === '(' && at < last.comment) {
      comments += 1;
    } else if (!escaped && !quoted && char === ')' && comments > 0) {
      comments -= 1;
    } else if (comments > 0) {
      entry.comment += char;
    } else if (quoted) {
      if (inAngle) entry.angle += char;
      else {
        hasAt ||= char === '@';
        entry.text += char;
        entry.name += char;
      }
    } else if (char === '<') {
      inAngle = true;
      isRoute = false;
      entry.angle = '';
    } else if (char === '>') {
      inAngle = false;
    } else if (isSeparator(char) && !(inAngle && isRoute)) {
      yield entry;
      entry = { text: '', name: '', comment: '', angle: undefined };
      inAngle = false;
      hasAt = false;
    } else if (inAngle) {
      isRoute ||= entry.angle === '' && char === '@';
      entry.angle += char;
    } else if (char === ':' && entry.angle === undefined && !hasAt) {
      // What came before is the name of a group, not an address.
      entry = { text: '', name: '', comment: '', angle: undefined };
    } else {
      hasAt ||= char === '@';
      entry.text += char;
      entry.name += char;
    }
  }
  yield entry;
}

function isSeparator(char: string): boolean {
  return char === ',' || char === ';';
}

/** The address in a text that may hold blanks, a route (`@a,@b:user@host`) or other words; undefined when it has none. */
function addressIn(text: string): string | undefined {
  // As nearly all are written; what it takes to read the others costs five times as much.
  if (/^[\w.+-]{1,256}@[\w.-]{1,255}$/.test(text)) return text.toLowerCase();
  const words = text
    .split(/\s+/)
    .join(' ')
    .replace(/ ?([@.]) ?/g, '$1')
    .trim();
  const unrouted = words.startsWith('@') ? words.slice(words.indexOf(':') + 1) : words;
  const match = /(?:^| )((?:"[^"\p{Cc}]{1,64}"|[^\s@"<>\p{Cc}]{1,256})@[^\s@"<>\p{Cc}]{1,255})(?= |$)/u.exec(
    unrouted,
  );
  return match?.[1] === undefined ? undefined : normaliseAddress(match[1]);
}

/** A display name, decoded; undefined when there is nothing to show. */
function shownName(raw: string): string | undefined {
  const name = shorten(decodeText(raw).trim(), limits.nameCharacters);
  return name === '' ? undefined : name;
}
