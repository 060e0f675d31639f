import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openCredentials,
  openForAccount,
  sealForAccount,
} from '../../../shared/flows/accounts/credentials.ts';
import { rateLimits } from '../../../shared/flows/accounts/rate-limits.ts';
import { getAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { getWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';

describe.skipIf(!hasMailServers)('the password of an account', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  /** One whose stored password the mail servers do not take. */
  async function refused(changes: Partial<Account> = {}) {
    const { imap, smtp } = sharedMail();
    const email = sharedMail().newAddress('anna');
    const at = { tls: 'implicit', user: email } as const;
    return host.account({
      email,
      imap: { host: imap.host, port: imap.port, ...at },
      smtp: { host: smtp.host, port: smtp.port, ...at },
      status: 'login-refused',
      ...changes,
    });
  }

  const stored = async ({ id }: Account) => {
    const account = await getAccount(host.services.store, id);
    if (account === undefined) throw new Error('the account is gone');
    return account;
  };

  it('is replaced once both servers took the new one, and the watch goes on', async () => {
    const { client, account } = await refused();
    const before = host.services.clock.now();
    host.pass(1000);
    const reply = await client.expect(200, 'PUT', '/v1/account/credentials', {
      password: sharedMail().password,
    });
    expect(reply).toMatchObject({ id: account.id, status: 'ok' });
    const after = await stored(account);
    expect(await openCredentials(host.services, after)).toEqual({ password: sharedMail().password });
    expect(JSON.stringify([reply, after])).not.toContain(sharedMail().password);
    const watch = await getWatch(host.services.store, account.id);
    expect(watch?.changedAt).toBeGreaterThan(before);
  });

  it('stays as it is when a server refuses the new one', async () => {
    const { client, account } = await refused();
    const before = await stored(account);
    const reply = await client.request('PUT', '/v1/account/credentials', { password: 'wrong-horse' });
    expect(reply).toMatchObject({
      status: 422,
      body: { code: 'login-refused', errors: [{ field: 'imap' }] },
    });
    expect(await stored(account)).toEqual(before);
  });

  it('leaves an account paused that the operator paused', async () => {
    const { client, account } = await refused({ status: 'paused' });
    await client.expect(200, 'PUT', '/v1/account/credentials', { password: sharedMail().password });
    expect((await stored(account)).status).toBe('paused');
  });

  it('can be another one while mails wait that were sealed before', async () => {
    const { client, account } = await refused();
    const sealed = await sealForAccount(host.services, account, Buffer.from('a mail on its way out'));
    await client.expect(200, 'PUT', '/v1/account/credentials', { password: sharedMail().password });
    expect(String(await openForAccount(host.services, await stored(account), sealed))).toBe(
      'a mail on its way out',
    );
  });

  it('cannot be tried without end', async () => {
    const { client } = await refused({ imap: { host: 'localhost', port: 1, tls: 'implicit', user: 'x' } });
    for (let count = 0; count < rateLimits.credentials.most; count++)
      expect((await client.request('PUT', '/v1/account/credentials', { password: 'x' })).status).toBe(502);
    expect((await client.request('PUT', '/v1/account/credentials', { password: 'x' })).status).toBe(429);
  });
});
