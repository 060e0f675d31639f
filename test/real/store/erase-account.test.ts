import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAccountId,
  createAccount,
  findAccountByEmail,
  getAccount,
} from '../../../shared/store/account.ts';
import { eraseAccount } from '../../../shared/store/erase-account.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { itemsOf, storeFullAccount } from '../../support/full-account.ts';
import { exampleAccount, exampleId, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const fill = (accountId: string, email: string) => storeFullAccount(parts.store, accountId, email, now);
const count = async (accountId: string) => (await itemsOf(parts, accountId)).length;

describe('Erasing an account', () => {
  it('leaves nothing of it, and everything of the others', async () => {
    const [gone, kept] = [exampleId(90), exampleId(91)];
    await fill(gone, 'gone@example.org');
    await fill(kept, 'kept@example.org');
    const before = await count(kept);
    expect(before).toBeGreaterThan(300);

    await eraseAccount(parts.store, gone, ['mail']);

    expect(await count(gone)).toBe(0);
    expect(await findAccountByEmail(parts.store, 'gone@example.org')).toBeUndefined();
    expect(await claimAccountId(parts.store, 'gone@example.org', exampleId(92))).toBe(exampleId(92));
    expect(await count(kept)).toBe(before);
    expect(await findAccountByEmail(parts.store, 'kept@example.org')).toBeDefined();
  });

  it('can be repeated, and does not touch a new account of the same address', async () => {
    const old = exampleId(93);
    await fill(old, 'again@example.org');
    await eraseAccount(parts.store, old, ['mail']);
    const next = await claimAccountId(parts.store, 'again@example.org', exampleId(94));
    await createAccount(parts.store, exampleAccount({ id: next, email: 'again@example.org' }));
    await eraseAccount(parts.store, old, ['mail']);
    expect((await findAccountByEmail(parts.store, 'again@example.org'))?.id).toBe(next);
    expect(await getAccount(parts.store, old)).toBeUndefined();
  });

  it('leaves the address to a sign-up that claimed it anew after an erasure broke off', async () => {
    const { store } = parts;
    const old = exampleId(95);
    // The erasure broke off after the address was freed: the old account is there, the address is another's.
    await createAccount(store, exampleAccount({ id: old, email: 'taken@example.org' }));
    const next = await claimAccountId(store, 'taken@example.org', exampleId(96));
    await createAccount(store, exampleAccount({ id: next, email: 'taken@example.org' }));
    await eraseAccount(store, old);
    expect((await findAccountByEmail(store, 'taken@example.org'))?.id).toBe(next);
    expect(await getAccount(store, old)).toBeUndefined();
  });
});
