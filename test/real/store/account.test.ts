import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimAccountId,
  createAccount,
  findAccountByEmail,
  getAccount,
  updateAccount,
} from '../../../shared/store/account.ts';
import { deleteSession, getSession, listSessions, putSession } from '../../../shared/store/session.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleAccount, exampleId, exampleSession, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

describe('An account', () => {
  it('comes back as it was stored', async () => {
    const account = exampleAccount({ id: exampleId(10), displayName: undefined });
    await createAccount(parts.store, account);
    expect(await getAccount(parts.store, account.id)).toEqual({ ...account, version: 1 });
  });

  it('comes back with its quiet hours', async () => {
    const example = exampleAccount({ id: exampleId(14) });
    const quietHours = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
    const account = { ...example, settings: { ...example.settings, quietHours } };
    await createAccount(parts.store, account);
    expect(await getAccount(parts.store, account.id)).toEqual({ ...account, version: 1 });
  });

  it('comes back with what its COI server told', async () => {
    const example = exampleAccount({ id: exampleId(13) });
    const account = {
      ...example,
      mailboxRoot: 'Chat',
      serverPushKey: 'BB'.repeat(43),
      settings: { ...example.settings, messageFilter: 'seen' as const },
    };
    await createAccount(parts.store, account);
    expect(await getAccount(parts.store, account.id)).toEqual({ ...account, version: 1 });
  });

  it('is one, however many sign-ups of its address come at once', async () => {
    const email = 'race@example.org';
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) => claimAccountId(parts.store, email, exampleId(100 + index))),
    );
    expect(new Set(ids).size).toBe(1);
    const created = await Promise.all(
      ids.map((id) => createAccount(parts.store, exampleAccount({ id, email }))),
    );
    expect(created.filter((result) => result === 'created')).toHaveLength(1);
    expect((await findAccountByEmail(parts.store, email))?.id).toBe(ids[0]);
  });

  it('takes over a claim whose sign-up broke off before the account was made', async () => {
    const email = 'broken@example.org';
    const claimed = await claimAccountId(parts.store, email, exampleId(200));
    expect(await findAccountByEmail(parts.store, email)).toBeUndefined();
    expect(await claimAccountId(parts.store, email, exampleId(201))).toBe(claimed);
    expect(await createAccount(parts.store, exampleAccount({ id: claimed, email }))).toBe('created');
    expect((await findAccountByEmail(parts.store, email))?.email).toBe(email);
  });

  it('is changed by one of two writers who read the same version', async () => {
    const account = exampleAccount({ id: exampleId(11) });
    await createAccount(parts.store, account);
    const read = { ...account, version: 1 };
    const results = await Promise.all([
      updateAccount(parts.store, { ...read, displayName: 'First' }),
      updateAccount(parts.store, { ...read, displayName: 'Second' }),
    ]);
    expect([...results].sort()).toEqual(['stale', 'written']);
    const winner = results[0] === 'written' ? 'First' : 'Second';
    expect(await getAccount(parts.store, account.id)).toMatchObject({ displayName: winner, version: 2 });
  });

  it('is not made again by an update after it was erased', async () => {
    const account = exampleAccount({ id: exampleId(12), version: 3 });
    expect(await updateAccount(parts.store, account)).toBe('stale');
    expect(await getAccount(parts.store, account.id)).toBeUndefined();
  });
});

describe('A session', () => {
  it('comes back as it was stored, and is listed with the account’s others only', async () => {
    const { store } = parts;
    const first = exampleSession({ accountId: exampleId(20) });
    const second = exampleSession({ accountId: exampleId(20), id: exampleId(21), deviceName: undefined });
    for (const session of [first, second, exampleSession({ accountId: exampleId(22) })]) {
      await putSession(store, session);
    }
    expect(await getSession(store, first.accountId, first.id, now)).toEqual(first);
    const listed = await listSessions(store, first.accountId, now);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([first, second]));
  });

  it('is gone once it is deleted, and deleting it again is no error', async () => {
    const session = exampleSession({ accountId: exampleId(23) });
    await putSession(parts.store, session);
    await deleteSession(parts.store, session.accountId, session.id);
    await deleteSession(parts.store, session.accountId, session.id);
    expect(await getSession(parts.store, session.accountId, session.id, now)).toBeUndefined();
  });

  it('counts as absent from the moment it expires, though it is still in the table', async () => {
    const session = exampleSession({ accountId: exampleId(24) });
    await putSession(parts.store, session);
    const { accountId, id, expiresAt } = session;
    expect(await getSession(parts.store, accountId, id, expiresAt - 1)).toBeDefined();
    expect(await getSession(parts.store, accountId, id, expiresAt)).toBeUndefined();
    expect(await listSessions(parts.store, accountId, expiresAt)).toEqual([]);
  });
});
