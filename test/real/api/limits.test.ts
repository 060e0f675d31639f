import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rateLimits } from '../../../shared/flows/accounts/rate-limits.ts';
import { findAccountByEmail } from '../../../shared/store/account.ts';
import { putInvite } from '../../../shared/store/invite.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type ScriptedImap, startScriptedImap } from '../../support/scripted-imap.ts';

const hour = 3_600_000;

describe.skipIf(!hasMailServers)('who signs in', () => {
  let host: ApiHost;
  let network = '';
  let networks = 0;
  let refusing: ScriptedImap;
  beforeAll(async () => {
    refusing = await startScriptedImap({
      LOGIN: (command) => command.no('[AUTHENTICATIONFAILED] wrong'),
      'AUTHENTICATE PLAIN': (command) => command.no('[AUTHENTICATIONFAILED] wrong'),
    });
    host = await startApiHost({
      ca: [sharedMail().ca, refusing.ca],
      admit: 'example.test',
      mostAccounts: 6,
      addressOf: () => network,
    });
  });
  afterAll(async () => {
    await refusing?.stop();
    await host?.stop();
  });
  beforeEach(() => newNetwork());

  function newNetwork(): void {
    networks += 1;
    network = `192.0.2.${networks}`;
    // Limits that count from fixed times begin anew.
    host.pass(24 * hour);
  }

  const attempt = (email: string, changes: Record<string, unknown> = {}) => {
    const { imap, smtp, password } = sharedMail();
    return host.nobody.request('POST', '/v1/sessions', {
      email,
      password,
      imap: { host: imap.host, port: imap.port, tls: 'implicit' },
      smtp: { host: smtp.host, port: smtp.port, tls: 'implicit' },
      ...changes,
    });
  };
  /** A refused password, from a server that takes no time for it. */
  const failing = (email: string) =>
    attempt(email, { imap: { host: '127.0.0.1', port: refusing.login.port, tls: 'implicit' } });
  /** Nothing listens at that port. */
  const misdirected = (email: string) =>
    attempt(email, { imap: { host: 'localhost', port: 1, tls: 'implicit' } });
  const codeOf = (reply: { body: unknown }) => Object(reply.body).code;

  it('is told to wait after some failures, from that network, whether the address has an account or not', async () => {
    const known = sharedMail().newAddress('known');
    expect((await attempt(known)).status).toBe(201);
    const { most } = rateLimits['sign-in-network-and-address'];
    const replies: unknown[] = [];
    for (const email of [known, sharedMail().newAddress('stranger')]) {
      newNetwork();
      for (let count = 0; count < most; count++) expect((await failing(email)).status).not.toBe(429);
      const refused = await attempt(email);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      replies.push({ ...Object(refused.body), detail: '' });
    }
    expect(replies[0]).toEqual(replies[1]);
    network = '198.51.100.1';
    expect((await attempt(known)).status).toBe(201);
  });

  it('may fail again once the time is over', async () => {
    const email = sharedMail().newAddress('anna');
    for (let count = 0; count <= rateLimits['sign-in-network-and-address'].most; count++)
      await failing(email);
    expect((await failing(email)).status).toBe(429);
    host.pass(rateLimits['sign-in-network-and-address'].windowMs);
    expect((await failing(email)).status).toBe(422);
  });

  it('may look for the right servers for longer, but not for open ports all day', async () => {
    const email = sharedMail().newAddress('anna');
    const unknown = { imap: undefined, smtp: undefined };
    expect(codeOf(await attempt(email, unknown))).toBe('needs-settings');
    for (let count = 1; count < rateLimits['sign-in-network'].most; count++)
      expect((await misdirected(email)).status).toBe(502);
    expect((await misdirected(email)).status).toBe(429);
    network = '198.51.100.2';
    expect((await attempt(email)).status).toBe(201);
  });

  it('does not use up anything by succeeding', async () => {
    const email = sharedMail().newAddress('anna');
    for (let count = 0; count <= rateLimits['sign-in-network-and-address'].most; count++)
      expect((await attempt(email)).status).toBe(201);
  });

  it('cannot guess many passwords of one address from many networks, nor of many from one', async () => {
    const email = sharedMail().newAddress('victim');
    for (let count = 0; count < rateLimits['sign-in-address'].most; count++) {
      network = `198.51.100.${count + 1}`;
      expect((await failing(email)).status).toBe(422);
    }
    network = '198.51.100.250';
    expect((await failing(email)).status).toBe(429);
    network = '203.0.113.1';
    for (let count = 0; count < rateLimits['sign-in-network'].most; count++)
      expect((await failing(sharedMail().newAddress('many'))).status).toBe(422);
    expect((await failing(sharedMail().newAddress('many'))).status).toBe(429);
  });

  it('needs an invitation where the list does not name the address, and needs it once', async () => {
    const email = sharedMail().newAddress('guest').replace('@example.test', '@elsewhere.test');
    expect(codeOf(await attempt(email))).toBe('not-admitted');
    expect(codeOf(await attempt(email, { inviteCode: 'guessed' }))).toBe('not-admitted');
    await putInvite(host.services.store, 'for-guests', {
      uses: 1,
      expiresAt: host.services.clock.now() + hour,
    });
    expect(codeOf(await attempt(email, { inviteCode: 'for-guests', password: 'wrong' }))).toBe(
      'login-refused',
    );
    expect((await attempt(email, { inviteCode: 'for-guests' })).status).toBe(201);
    const other = email.replace('guest', 'other');
    expect(codeOf(await attempt(other, { inviteCode: 'for-guests' }))).toBe('not-admitted');
    expect((await attempt(email)).status).toBe(201);
    // Whoever has no code learns nothing of who has an account.
    expect(codeOf(await attempt(email, { password: 'wrong' }))).toBe('not-admitted');
  });

  it('finds the service full at its number of accounts, until one is erased', async () => {
    let last: { status: number; body: unknown } = { status: 0, body: {} };
    const made: string[] = [];
    for (let count = 0; count < 7 && last.status !== 409; count++) {
      const email = sharedMail().newAddress('crowd');
      last = await attempt(email);
      if (last.status === 201) made.push(email);
    }
    expect(codeOf(last)).toBe('limit-reached');
    const [first = ''] = made;
    const account = await findAccountByEmail(host.services.store, first);
    if (account === undefined) throw new Error('no account was made');
    const { client } = await host.device(account);
    await client.expect(204, 'DELETE', '/v1/account');
    expect((await attempt(sharedMail().newAddress('crowd'))).status).toBe(201);
  });
});

describe('calls with a limit', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('are counted for the account, and told when they may come again', async () => {
    const { client } = await host.account();
    const another = (await host.account()).client;
    const path = '/v1/push/subscriptions/abcdefghij/validate';
    for (let count = 0; count < rateLimits.validating.most; count++)
      expect((await client.request('POST', path, { validation: 'x' })).status).toBe(422);
    const refused = await client.request('POST', path, { validation: 'x' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-requests' } });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(3600);
    expect((await another.request('POST', path, { validation: 'x' })).status).toBe(422);
    host.pass(hour);
    expect((await client.request('POST', path, { validation: 'x' })).status).toBe(422);
  });
});
