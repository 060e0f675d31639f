import { limits } from '../core/limits.ts';
import { addressHash } from './address-hash.ts';
import type { Address } from './received-mail.ts';

/** What alerts and sending need to know of one mail in the Contacts folder; the mail itself stays in the mailbox. */
export type BookEntry = {
  readonly uid: number;
  readonly kind: 'contact' | 'group' | 'profile' | 'other';
  /** Of a contact the short hashes of its addresses, of a group its id, of the own profile its version. */
  readonly keys: readonly string[];
  readonly blocked: boolean;
  /** Not to be told of unless mentioned; undefined when the mail says nothing about it. */
  readonly muted: boolean | undefined;
  /** As the user calls it; undefined when it is encrypted. */
  readonly name: string | undefined;
};

/** The Contacts folder of an account in brief, as it was last looked at. */
export type AddressBook = {
  /** Where the entries' UIDs are valid. */
  readonly folder: string;
  readonly uidValidity: number;
  readonly entries: readonly BookEntry[];
  /** Short hash of an address and the version of the own profile it was sent, the last one sent first. */
  readonly profileSent: readonly (readonly [key: string, version: string])[];
  /** In ms since the epoch. */
  readonly updatedAt: number;
};

/**
 * The first 16 bytes of an address hash: nobody makes a second address with the same ones, and a book of a thousand
 * contacts stays small.
 */
export function shortHash(hash: string): string {
  return Buffer.from(hash.slice(0, 32), 'hex').toString('base64url');
}

/** The entries of one contact, the newest first. */
export function entriesOf(book: AddressBook, address: string): BookEntry[] {
  const key = shortHash(addressHash(address));
  return entriesWith(book, 'contact', key);
}

export function entriesWith(book: AddressBook, kind: BookEntry['kind'], key: string): BookEntry[] {
  return book.entries
    .filter((entry) => entry.kind === kind && entry.keys.includes(key))
    .sort((a, b) => b.uid - a.uid);
}

/** Somebody as the user calls them, where the book tells that; else as they call themselves. */
export function asCalled(book: AddressBook | undefined, { address, name }: Address): Address {
  const entries = book === undefined ? [] : entriesOf(book, address);
  return { address, name: entries.find((entry) => entry.name !== undefined)?.name ?? name };
}

/** A mail from somebody as the user calls them. */
export function withSenderCalled<Sent extends { readonly from: Address }>(
  book: AddressBook | undefined,
  sent: Sent,
): Sent {
  return { ...sent, from: asCalled(book, sent.from) };
}

/** The version of the own profile that is stored; undefined when there is none. */
export function profileVersion(book: AddressBook): string | undefined {
  const [newest] = book.entries.filter(({ kind }) => kind === 'profile').sort((a, b) => b.uid - a.uid);
  return newest?.keys[0];
}

/** As many as one stored item takes: of more contacts than that, whom to block comes first, then the newest. */
export function fittingEntries(entries: readonly BookEntry[]): BookEntry[] {
  const kept: BookEntry[] = [];
  let bytes = 0;
  for (const entry of [...entries].sort((a, b) => Number(b.blocked) - Number(a.blocked) || b.uid - a.uid)) {
    bytes += Buffer.byteLength(JSON.stringify([entry.name, entry.keys])) + entryOverheadBytes;
    if (bytes <= limits.addressBookBytes) kept.push(entry);
  }
  return kept.sort((a, b) => a.uid - b.uid);
}

/** UID, letters, and what DynamoDB counts for a list and its elements. */
const entryOverheadBytes = 24;
