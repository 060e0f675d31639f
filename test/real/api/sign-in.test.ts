import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  openCredentials,
  openForAccount,
  sealForAccount,
} from '../../../shared/flows/accounts/credentials.ts';
import { findAccountByEmail, updateAccount } from '../../../shared/store/account.ts';
import { getSession } from '../../../shared/store/session.ts';
import { getWatch } from '../../../shared/store/watch.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { seedConversation } from '../../support/seed-conversation.ts';

describe.skipIf(!hasMailServers)('signing in', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca], admit: 'example.test' });
  });
  afterAll(() => host?.stop());

  function request(email: string, changes: Record<string, unknown> = {}) {
    const { imap, smtp, password } = sharedMail();
    return {
      email,
      password,
      deviceName: 'phone',
      imap: { host: imap.host, port: imap.port, tls: 'implicit' },
      smtp: { host: smtp.host, port: smtp.port, tls: 'implicit' },
      ...changes,
    };
  }

  async function signedIn(email: string, changes: Record<string, unknown> = {}) {
    const reply = await host.nobody.expect(201, 'POST', '/v1/sessions', request(email, changes));
    return { reply, client: new ContractClient(host.api, String(reply['token'])) };
  }

  const storedOf = (email: string) => findAccountByEmail(host.services.store, email);

  it('proves both logins, and gives a token, the account and the push key', async () => {
    const email = sharedMail().newAddress('anna');
    const { reply, client } = await signedIn(` ${email.toUpperCase()}`.trim(), {
      displayName: 'Anna',
      inviteCode: 'x',
    });
    expect(reply).toMatchObject({
      account: {
        email,
        displayName: 'Anna',
        status: 'ok',
        capabilities: { idle: true },
        lastMessageAt: null,
      },
      push: { publicKey: host.services.vapid.publicKey, keyId: host.services.vapid.keyId },
    });
    expect(await client.expect(200, 'GET', '/v1/account')).toEqual(reply['account']);
    const account = await storedOf(email);
    if (account === undefined) throw new Error('not stored');
    expect(await openCredentials(host.services, account)).toEqual({ password: sharedMail().password });
    expect(await getWatch(host.services.store, account.id)).toMatchObject({ mode: 'auto', folders: {} });
  });

  it('works over STARTTLS and with a user name of its own', async () => {
    const email = sharedMail().newAddress('anna');
    const { imap, smtp } = sharedMail();
    const at = { host: imap.host, tls: 'starttls', user: sharedMail().newAddress('login') };
    const { reply } = await signedIn(email, {
      imap: { ...at, port: imap.starttlsPort },
      smtp: { ...at, port: smtp.starttlsPort },
    });
    expect(reply).toMatchObject({ account: { email, status: 'ok' } });
  });

  it('again keeps readable what was sealed before: mails on their way out', async () => {
    const email = sharedMail().newAddress('anna');
    await signedIn(email);
    const before = await storedOf(email);
    if (before === undefined) throw new Error('not stored');
    const sealed = await sealForAccount(host.services, before, Buffer.from('a mail'));
    await signedIn(email);
    const after = await storedOf(email);
    if (after === undefined) throw new Error('not stored');
    expect(after.sealedCredentials).not.toBe(before.sealedCredentials);
    expect(String(await openForAccount(host.services, after, sealed))).toBe('a mail');
  });

  it('stores neither the password nor the token, and shows the password nowhere', async () => {
    const email = sharedMail().newAddress('anna');
    const { reply, client } = await signedIn(email);
    const account = await storedOf(email);
    const [, sessionId = '', secret = ''] = String(reply['token']).split('.');
    const session = await getSession(
      host.services.store,
      account?.id ?? '',
      sessionId,
      host.services.clock.now(),
    );
    const stored = JSON.stringify([account, session]);
    expect(session?.deviceName).toBe('phone');
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(sharedMail().password);
    const shown = JSON.stringify([reply, await client.expect(200, 'GET', '/v1/account')]);
    expect(shown).not.toContain(sharedMail().password);
    expect(shown).not.toContain(account?.sealedCredentials);
  });

  it('asks for mail servers that were not named', async () => {
    const email = sharedMail().newAddress('anna');
    const both = await host.nobody.request(
      'POST',
      '/v1/sessions',
      request(email, { imap: undefined, smtp: undefined }),
    );
    expect(both.body).toMatchObject({
      status: 422,
      code: 'needs-settings',
      errors: [{ field: 'imap' }, { field: 'smtp' }],
    });
    const one = await host.nobody.request('POST', '/v1/sessions', request(email, { smtp: undefined }));
    expect(one.body).toMatchObject({ status: 422, code: 'needs-settings', errors: [{ field: 'smtp' }] });
  });

  it.each([
    ['a wrong password', () => ({ password: 'wrong-horse' }), 422, 'login-refused', 'imap'],
    [
      'an IMAP port where nothing listens',
      () => ({ imap: { host: 'localhost', port: 1, tls: 'implicit' } }),
      502,
      'mail-host-unreachable',
      'imap',
    ],
    [
      'an SMTP port where nothing listens',
      () => ({ smtp: { host: 'localhost', port: 1, tls: 'implicit' } }),
      502,
      'mail-host-unreachable',
      'smtp',
    ],
    [
      'an IMAP server in place of an SMTP server',
      () => ({ smtp: { host: 'localhost', port: sharedMail().imap.port, tls: 'implicit' } }),
      502,
      'mail-host-unreachable',
      'smtp',
    ],
    [
      'plain text where TLS should be',
      () => ({ imap: { host: 'localhost', port: sharedMail().imap.starttlsPort, tls: 'implicit' } }),
      502,
      'mail-host-unreachable',
      'imap',
    ],
    [
      'the metadata address',
      () => ({ imap: { host: '169.254.169.254', port: 993, tls: 'implicit' } }),
      422,
      'mail-host-forbidden',
      'imap',
    ],
    [
      'a private SMTP address',
      () => ({ smtp: { host: '[::ffff:10.0.0.1]', port: 465, tls: 'implicit' } }),
      422,
      'mail-host-forbidden',
      'smtp',
    ],
  ])('stores nothing with %s', async (_, changes, status, code, field) => {
    const email = sharedMail().newAddress('anna');
    const reply = await host.nobody.request('POST', '/v1/sessions', request(email, changes()));
    expect(reply.body).toMatchObject({ status, code, errors: [{ field }] });
    expect(JSON.stringify(reply.body)).not.toMatch(/horse|127\.0\.0\.1|10\.0\.0\.1|169\.254/);
    expect(await storedOf(email)).toBeUndefined();
  });

  it('admits only whom it is set to admit, before it asks any server', async () => {
    const reply = await host.nobody.request('POST', '/v1/sessions', {
      ...request('anna@elsewhere.example'),
      imap: { host: 'localhost', port: 1, tls: 'implicit' },
    });
    expect(reply.body).toMatchObject({ status: 403, code: 'not-admitted' });
  });

  describe('again', () => {
    it('adds a device to the same account and refreshes what it knows of the mail servers', async () => {
      const email = sharedMail().newAddress('anna');
      const first = await signedIn(email, { displayName: 'Anna' });
      const { smtp } = sharedMail();
      const second = await signedIn(email, {
        deviceName: 'laptop',
        smtp: { host: smtp.host, port: smtp.starttlsPort, tls: 'starttls' },
      });
      const id = (reply: Record<string, unknown>) => isRecord(reply['account']) && reply['account']['id'];
      expect(id(second.reply)).toBe(id(first.reply));
      expect(second.reply).toMatchObject({ account: { displayName: 'Anna' } });
      expect((await storedOf(email))?.smtp).toMatchObject({ port: smtp.starttlsPort, tls: 'starttls' });
      const { items } = await second.client.expect(200, 'GET', '/v1/sessions');
      expect(items).toMatchObject([
        { deviceName: 'laptop', current: true },
        { deviceName: 'phone', current: false },
      ]);
    });

    it('with a wrong password changes nothing', async () => {
      const email = sharedMail().newAddress('anna');
      const { client } = await signedIn(email);
      const before = await storedOf(email);
      await host.nobody.expect(422, 'POST', '/v1/sessions', request(email, { password: 'wrong' }));
      expect(await storedOf(email)).toEqual(before);
      await client.expect(200, 'GET', '/v1/account');
    });

    it("cannot take an account over by naming a mail server of one's own", async () => {
      const email = sharedMail().newAddress('victim');
      await signedIn(email);
      const { imap, newAddress } = sharedMail();
      for (const changes of [
        // Each of these servers would accept the login.
        { imap: { host: '127.0.0.1', port: imap.port, tls: 'implicit' } },
        { imap: { host: imap.host, port: imap.starttlsPort, tls: 'starttls' } },
        { imap: { host: imap.host, port: imap.port, tls: 'implicit', user: newAddress('mallory') } },
      ]) {
        const reply = await host.nobody.request('POST', '/v1/sessions', request(email, changes));
        expect(reply.body).toMatchObject({ status: 409, code: 'conflict' });
      }
      expect((await storedOf(email))?.imap).toMatchObject({ host: imap.host, port: imap.port, user: email });
    });

    it('at the same time makes one account', async () => {
      const email = sharedMail().newAddress('anna');
      const both = await Promise.all([signedIn(email), signedIn(email)]);
      const ids = both.map(({ reply }) => (isRecord(reply['account']) ? reply['account']['id'] : undefined));
      expect(new Set(ids).size).toBe(1);
      for (const { client } of both) await client.expect(200, 'GET', '/v1/account');
    });

    it('heals an account whose password had changed', async () => {
      const email = sharedMail().newAddress('anna');
      const { client } = await signedIn(email);
      const account = await storedOf(email);
      if (account === undefined) throw new Error('not stored');
      await updateAccount(host.services.store, { ...account, status: 'login-refused' });
      expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ status: 'login-refused' });
      await signedIn(email);
      expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ status: 'ok' });
    });
  });
});

describe('devices', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('are signed out one by one', async () => {
    const first = await host.account();
    const second = await host.device(first.account);
    await first.client.expect(204, 'DELETE', `/v1/sessions/${second.sessionId}`);
    await second.client.expect(401, 'GET', '/v1/account');
    expect((await first.client.request('DELETE', `/v1/sessions/${second.sessionId}`)).status).toBe(404);
    await first.client.expect(204, 'DELETE', '/v1/sessions/current');
    await first.client.expect(401, 'GET', '/v1/account');
  });

  it('are signed out after a year', async () => {
    const { client } = await host.account();
    host.pass(limits.sessionKeptMs - 60_000);
    await client.expect(200, 'GET', '/v1/account');
    host.pass(120_000);
    await client.expect(401, 'GET', '/v1/account');
  });
});

describe('erasing an account', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('leaves nothing of it, and everything of others', async () => {
    const [alice, bob] = [await host.account(), await host.account()];
    for (const { account } of [alice, bob]) {
      await seedConversation(host.services, account, { messages: 3 });
      await seedConversation(host.services, account, { id: 'mail', messages: 2 });
    }
    const before = await itemsOf(host, bob.account.id);
    await alice.client.expect(204, 'DELETE', '/v1/account');
    expect(await itemsOf(host, alice.account.id)).toEqual([]);
    expect(await itemsOf(host, bob.account.id)).toEqual(before);
    await alice.client.expect(401, 'GET', '/v1/account');
    await bob.client.expect(200, 'GET', '/v1/account');
  });
});

/** Everything in the table that names the account, wherever it lies. */
async function itemsOf(host: ApiHost, accountId: string): Promise<unknown[]> {
  const { store } = host.services;
  const collections = [`A#${accountId}`, `C#${accountId}#conversation-1`, `C#${accountId}#mail`];
  const own = await Promise.all(collections.map((pk) => store.query({ pk, consistent: true })));
  const partitions = await Promise.all(
    Array.from({ length: store.partitions }, (_, partition) =>
      store.query({ pk: `P#${partition}`, consistent: true }),
    ),
  );
  return [...own.flat(), ...partitions.flat().filter((item) => String(item['sk']).includes(accountId))];
}
