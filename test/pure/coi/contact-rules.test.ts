import { describe, expect, it } from 'vitest';
import {
  type AddressBook,
  asCalled,
  type BookEntry,
  profileVersion,
  shortHash,
} from '../../../shared/coi/address-book.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { contactRule } from '../../../shared/coi/contact-rules.ts';

function entry(uid: number, keys: readonly string[], changes: Partial<BookEntry> = {}): BookEntry {
  return { uid, kind: 'contact', keys, blocked: false, muted: undefined, name: undefined, ...changes };
}

function bookOf(...entries: BookEntry[]): AddressBook {
  return { folder: 'COI/Contacts', uidValidity: 1, entries, profileSent: [], updatedAt: 0 };
}

const keyOf = (address: string) => shortHash(addressHash(address));
const bob = keyOf('bob@example.org');
const group = (uid: number, changes: Partial<BookEntry>) =>
  entry(uid, ['Team1234'], { kind: 'group', ...changes });

describe('what the address book says about a message', () => {
  it.each([
    {
      of: 'nobody it knows',
      entries: [entry(1, [keyOf('carol@example.org')], { blocked: true, muted: true })],
      rule: 'normal',
      mentioned: 'normal',
    },
    { of: 'somebody it says nothing about', entries: [entry(1, [bob])], rule: 'normal', mentioned: 'normal' },
    {
      of: 'a blocked sender',
      entries: [entry(1, [bob], { blocked: true })],
      rule: 'blocked',
      mentioned: 'blocked',
    },
    {
      of: 'a blocked sender who is muted as well',
      entries: [entry(1, [bob], { blocked: true, muted: true })],
      rule: 'blocked',
      mentioned: 'blocked',
    },
    { of: 'a muted sender', entries: [entry(1, [bob], { muted: true })], rule: 'muted', mentioned: 'normal' },
    {
      of: 'a sender by another address',
      entries: [entry(1, [keyOf('bob@work.example'), bob], { muted: true })],
      rule: 'muted',
      mentioned: 'normal',
    },
    {
      of: 'a sender with an older mail that blocks',
      entries: [entry(2, [bob], { muted: false }), entry(1, [bob], { blocked: true })],
      rule: 'blocked',
      mentioned: 'blocked',
    },
    {
      of: 'a sender whose newer mail mutes no more',
      entries: [entry(1, [bob], { muted: true }), entry(2, [bob], { muted: false })],
      rule: 'normal',
      mentioned: 'normal',
    },
    {
      of: 'a sender whose newer mail is encrypted',
      entries: [entry(2, [bob]), entry(1, [bob], { muted: true })],
      rule: 'muted',
      mentioned: 'normal',
    },
    { of: 'a muted group', entries: [group(1, { muted: true })], rule: 'muted', mentioned: 'normal' },
    {
      of: 'a muted group of another name',
      entries: [group(1, { muted: true, keys: ['team1234'] })],
      rule: 'normal',
      mentioned: 'normal',
    },
    {
      of: 'a blocked sender in a group',
      entries: [group(1, { muted: false }), entry(2, [bob], { blocked: true })],
      rule: 'blocked',
      mentioned: 'blocked',
    },
  ])('of $of is $rule, and $mentioned when it mentions the user', ({ entries, rule, mentioned }) => {
    const message = { from: 'Bob@Example.org', groupId: 'Team1234' };
    expect(contactRule(bookOf(...entries), { ...message, mention: false })).toBe(rule);
    expect(contactRule(bookOf(...entries), { ...message, mention: true })).toBe(mentioned);
  });

  it('of a direct message does not depend on groups', () => {
    expect(contactRule(bookOf(group(1, { muted: true })), { from: 'bob@example.org', mention: false })).toBe(
      'normal',
    );
  });

  it('is the name in the newest mail that can be read, and the newest profile', () => {
    const book = bookOf(
      entry(3, [bob]),
      entry(1, [bob], { name: 'Robert' }),
      entry(2, [bob], { name: 'Bob' }),
      entry(4, ['new'], { kind: 'profile' }),
      entry(2, ['old'], { kind: 'profile' }),
    );
    const carol = { address: 'carol@example.org', name: 'Carol' };
    expect(asCalled(book, { address: 'bob@example.org', name: 'Bobby' }).name).toBe('Bob');
    expect(asCalled(book, carol)).toEqual(carol);
    expect(asCalled(undefined, carol)).toEqual(carol);
    expect(profileVersion(book)).toBe('new');
    expect(profileVersion(bookOf())).toBeUndefined();
  });
});
