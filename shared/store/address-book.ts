import type { BookEntry } from '../coi/address-book.ts';
import type { Store, Value, Values } from './client.ts';
import type { StoredAddressBook } from './items.ts';
import { accountKey, addressBookKey } from './keys.ts';
import { type Item, StoredItem, StoredItemUnreadable } from './stored-item.ts';

/** Only accounts with `addressBookAt` have one worth a read: see `setAddressBookAt`. */
export async function getAddressBook(
  store: Store,
  accountId: string,
): Promise<StoredAddressBook | undefined> {
  const item = await store.get(addressBookKey(accountId));
  return item && addressBookOf(accountId, item);
}

/** Replaces the address book as it was read; `version` is the one that was read, 0 for a new one. */
export async function putAddressBook(store: Store, book: StoredAddressBook): Promise<'written' | 'stale'> {
  const written = await store.put(
    addressBookKey(book.accountId),
    itemOf(book),
    book.version === 0
      ? { text: 'attribute_not_exists(pk)' }
      : { text: 'w = :read', values: { ':read': book.version } },
  );
  return written ? 'written' : 'stale';
}

/**
 * Notes on the account since when it has an address book, or that it has none: without one, no mail costs a read. Whoever
 * changes the account from what was read before must read it again.
 */
export async function setAddressBookAt(
  store: Store,
  accountId: string,
  at: number | undefined,
): Promise<void> {
  await store.update(
    accountKey(accountId),
    at === undefined
      ? { text: 'SET w = w + :one REMOVE ab', values: { ':one': 1 } }
      : { text: 'SET w = w + :one, ab = :at', values: { ':one': 1, ':at': at } },
    { text: 'attribute_exists(pk)' },
  );
}

function itemOf(book: StoredAddressBook): Values {
  return {
    f: book.folder,
    uv: book.uidValidity,
    e: book.entries.map(entryValue),
    ps: book.profileSent,
    ua: book.updatedAt,
    w: book.version + 1,
  };
}

export function addressBookOf(accountId: string, item: Item): StoredAddressBook {
  const stored = new StoredItem('address book', item);
  return {
    accountId,
    folder: stored.text('f'),
    uidValidity: stored.number('uv'),
    entries: stored.list('e').map(entryOf),
    profileSent: stored.pairs('ps', 'string'),
    updatedAt: stored.number('ua'),
    version: stored.number('w'),
  };
}

const kindLetters = { contact: 'c', group: 'g', profile: 'p', other: 'o' } as const;
const kinds = ['contact', 'group', 'profile', 'other'] as const;

/** A UID, letters, a name, and the keys: a map for each entry would double the book. */
function entryValue({ uid, kind, keys, blocked, muted, name }: BookEntry): Value {
  const mute = muted === undefined ? '' : muted ? 'm' : 't';
  return [
    uid,
    `${kindLetters[kind]}${blocked ? 'b' : ''}${mute}${name === undefined ? '' : 'n'}`,
    name ?? '',
    ...keys,
  ];
}

function entryOf(value: unknown): BookEntry {
  const [uid, letters, name, ...keys]: readonly unknown[] = Array.isArray(value) ? value : [];
  const texts = keys.flatMap((key) => (typeof key === 'string' ? key : []));
  if (typeof uid !== 'number' || typeof letters !== 'string' || typeof name !== 'string') return unreadable();
  const kind = kinds.find((each) => letters.startsWith(kindLetters[each]));
  if (kind === undefined || texts.length !== keys.length) return unreadable();
  const has = (letter: string) => letters.includes(letter, 1);
  return {
    uid,
    kind,
    keys: texts,
    blocked: has('b'),
    muted: has('m') ? true : has('t') ? false : undefined,
    name: has('n') ? name : undefined,
  };
}

function unreadable(): never {
  throw new StoredItemUnreadable('address book', 'an entry');
}
