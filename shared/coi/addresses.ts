import { limits } from '../core/limits.ts';
import { decodeText } from './decode-text.ts';
import type { Address } from './received-mail.ts';

/** Trimmed and lower case, in composed form: what addresses are compared by. */
export function normaliseAddress(address: string): string {
  return address.trim().normalize('NFC').toLowerCase();
}

/**
 * Reads an address list (RFC 5322 section 3.4), leniently: COI's own examples separate with `;`, and groups
 * (`"hidden-recipients": ;`, as Delta Chat writes) may be empty. What holds no address is left out, each address is given
 * once, and at most `limits.addressesPerMail` are.
 */
export function parseAddresses(value: string): Address[] {
  const found = new Map<string, Address>();
  for (const entry of splitList(value)) {
    const parsed = parseAddress(entry);
    if (parsed !== undefined && !found.has(parsed.address)) found.set(parsed.address, parsed);
    if (found.size >= limits.addressesPerMail) break;
  }
  return [...found.values()];
}

/** Splits at commas and semicolons outside quotes, comments and angle brackets. */
function splitList(value: string): string[] {
  const entries: string[] = [];
  let entry = '';
  let quoted = false;
  let angle = false;
  let comments = 0;
  for (let i = 0; i < value.length; i++) {
    const char = value[i] ?? '';
    if (char === '\\' && (quoted || comments > 0)) {
      entry += char + (value[i + 1] ?? '');
      i += 1;
      continue;
    }
    if (char === '"' && comments === 0) quoted = !quoted;
    else if (!quoted) {
      if (char === '(') comments += 1;
      if (char === ')') comments = Math.max(0, comments - 1);
      if (char === '<') angle = true;
      if (char === '>') angle = false;
    }
    const outside = !quoted && comments === 0 && !angle;
    if (outside && (char === ',' || char === ';')) {
      entries.push(entry);
      entry = '';
    } else if (outside && char === ':') {
      // What came before is the name of a group, not an address.
      entry = '';
    } else entry += char;
  }
  entries.push(entry);
  return entries;
}

function parseAddress(entry: string): Address | undefined {
  const bracketed = /^(?<name>[^<]*)<(?<address>[^<>]*)>?/.exec(entry)?.groups;
  const plain = bracketed === undefined ? entry.replace(/\([^)]*\)/g, ' ') : (bracketed['address'] ?? '');
  const address = normaliseAddress(plain.replace(/\s+/g, ''));
  if (!/^[^\s@<>]{1,256}@[^\s@<>]{1,255}$/.test(address)) return undefined;
  const comment = bracketed === undefined ? /\(([^)]*)\)/.exec(entry)?.[1] : undefined;
  return { address, name: nameOf(bracketed?.['name'] ?? comment ?? '') };
}

/** A display name without its quotes, decoded; undefined when there is nothing to show. */
function nameOf(raw: string): string | undefined {
  const trimmed = raw.trim();
  const unquoted = /^"(.*)"$/s.exec(trimmed)?.[1]?.replace(/\\(.)/g, '$1') ?? trimmed;
  const name = decodeText(unquoted).trim().slice(0, limits.nameCharacters);
  return name === '' ? undefined : name;
}
