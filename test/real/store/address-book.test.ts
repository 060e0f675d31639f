import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fittingEntries } from '../../../shared/coi/address-book.ts';
import { limits } from '../../../shared/core/limits.ts';
import { createAccount, getAccount, updateAccount } from '../../../shared/store/account.ts';
import { getAddressBook, putAddressBook, setAddressBookAt } from '../../../shared/store/address-book.ts';
import { accountKey, addressBookKey } from '../../../shared/store/keys.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleAccount, exampleAddressBook, exampleId, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

describe('An address book', () => {
  it('comes back as it was stored', async () => {
    const book = exampleAddressBook({ accountId: exampleId(30) });
    expect(await putAddressBook(parts.store, book)).toBe('written');
    expect(await getAddressBook(parts.store, book.accountId)).toEqual({ ...book, version: 1 });
    expect(await getAddressBook(parts.store, exampleId(31))).toBeUndefined();
  });

  it('fits into one item, however many contacts there are: blocked ones and the newest go first', async () => {
    const keys = (uid: number) =>
      Array.from({ length: limits.contactAddresses }, (_, index) => `${uid}-${index}`.padEnd(22, 'x'));
    const entries = fittingEntries(
      Array.from({ length: limits.contactMails }, (_, index) => ({
        ...({
          uid: index + 1,
          kind: 'contact',
          keys: keys(index + 1),
          blocked: index < 10,
          muted: true,
        } as const),
        name: 'ü'.repeat(limits.addressBookNameCharacters),
      })),
    );
    expect(entries.length).toBeGreaterThan(200);
    expect(entries.length).toBeLessThan(limits.contactMails);
    expect(entries.slice(0, 10).every(({ blocked }) => blocked)).toBe(true);
    expect(entries.at(-1)?.uid).toBe(limits.contactMails);
    const book = exampleAddressBook({ accountId: exampleId(36), entries });
    parts.take();
    await putAddressBook(parts.store, book);
    // A write unit is a KB; DynamoDB takes 400 of them in one item.
    expect(parts.take().write).toBeLessThan(limits.addressBookBytes / 1024 + 10);
    expect(await getAddressBook(parts.store, book.accountId)).toEqual({ ...book, version: 1 });
  });

  it('is changed by one of two writers who read the same version', async () => {
    const book = exampleAddressBook({ accountId: exampleId(32) });
    const make = () => putAddressBook(parts.store, book);
    expect((await Promise.all([make(), make()])).sort()).toEqual(['stale', 'written']);
    const change = () => putAddressBook(parts.store, { ...book, entries: [], version: 1 });
    expect((await Promise.all([change(), change()])).sort()).toEqual(['stale', 'written']);
    expect(await getAddressBook(parts.store, book.accountId)).toMatchObject({ entries: [], version: 2 });
  });

  it.each([
    ['an entry of another kind', [[1, 'z', '']]],
    ['an entry without a UID', [['1', 'c', '']]],
    ['a key that is no text', [[1, 'c', '', 7]]],
    ['something else', ['c']],
  ])('is not read with %s', async (_, entries) => {
    const { store } = parts;
    const id = exampleId(33);
    await store.put(addressBookKey(id), { f: 'COI/Contacts', uv: 1, e: entries, ua: now, w: 1 });
    await expect(getAddressBook(store, id)).rejects.toThrow('address book');
  });

  it('is noted on the account, over nobody who has read the account before', async () => {
    const { store } = parts;
    const account = exampleAccount({ id: exampleId(34) });
    await createAccount(store, account);
    await setAddressBookAt(store, account.id, now);
    expect(await getAccount(store, account.id)).toEqual({ ...account, addressBookAt: now, version: 2 });
    expect(await updateAccount(store, { ...account, version: 1, displayName: 'Other' })).toBe('stale');
    await setAddressBookAt(store, account.id, undefined);
    expect(await getAccount(store, account.id)).toEqual({ ...account, version: 3 });
    // Not for an account that was erased.
    await setAddressBookAt(store, exampleId(35), now);
    expect(await store.get(accountKey(exampleId(35)))).toBeUndefined();
  });
});
