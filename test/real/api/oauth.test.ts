import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { freshLogin } from '../../../shared/flows/accounts/fresh-login.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { findAccountByEmail } from '../../../shared/store/account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { walk } from '../../support/browser-walk.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { type MailServers, startMailServers } from '../../support/dovecot.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers } from '../../support/mail-site.ts';
import { mailsIn } from '../../support/mailbox-client.ts';
import { type OauthAuthority, startOauthAuthority } from '../../support/oauth-authority.ts';

const publicUrl = 'https://push.example.test';
const callback = `${publicUrl}/v1/oauth/example/callback`;
const returnTo = 'https://chat.example.test/signed-in?tab=1';
const hour = 3_600_000;

describe.skipIf(!hasMailServers)('sign-in at a provider', () => {
  let dir: string;
  let authority: OauthAuthority;
  let mail: MailServers;
  let host: ApiHost;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'coi-push-oauth-'));
    authority = await startOauthAuthority(callback);
    const tokenFile = join(dir, 'oauth2.conf.ext');
    const caFile = join(dir, 'ca.pem');
    await writeFile(caFile, authority.ca, { mode: 0o644 });
    const introspection = `https://dovecot:dovecot-secret@localhost:${authority.port}/token/introspection`;
    await writeFile(
      tokenFile,
      `introspection_mode = post\nintrospection_url = ${introspection}\nusername_attribute = sub\nactive_attribute = active\nactive_value = true\ntls_ca_cert_file = ${caFile}\n`,
      { mode: 0o644 },
    );
    await chmod(dir, 0o755);
    mail = await startMailServers({ tokenFile });
    host = await startApiHost({
      ca: [authority.ca, mail.ca],
      publicUrl,
      corsOrigins: ['https://chat.example.test'],
      oauth: JSON.stringify({
        example: {
          issuer: authority.issuer,
          clientId: 'coi-push',
          clientSecret: 'service-secret',
          scopes: 'openid email',
          imap: `${mail.imap.host}:${mail.imap.port}`,
          smtp: `${mail.smtp.host}:${mail.smtp.port}`,
        },
      }),
    });
  });
  afterAll(async () => {
    await host?.stop();
    await mail?.stop();
    await authority?.stop();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(() => {
    authority.userIs('themselves');
    host.services.limitsReached.clear();
  });

  const begin = async (email: string, more: object = { returnTo }) => {
    const { authorizeUrl } = await host.nobody.expect(200, 'POST', '/v1/oauth/example/start', {
      email,
      deviceName: 'phone',
      ...more,
    });
    return String(authorizeUrl);
  };
  /** What the provider sends the user back with. */
  const consent = async (email: string) => walk(await begin(email), { ca: authority.ca, until: callback });
  const comeBack = (url: URL) => host.nobody.request('GET', `${url.pathname}${url.search}`);
  const landing = async (url: URL) => {
    const reply = await comeBack(url);
    expect(reply.status).toBe(302);
    return new URL(reply.headers.get('location') ?? '');
  };
  const exchange = (code: string | null) => host.nobody.request('POST', '/v1/oauth/exchange', { code });
  const signIn = async (email: string): Promise<Account> => {
    const landed = await landing(await consent(email));
    expect((await exchange(landed.searchParams.get('code'))).status).toBe(201);
    const account = await findAccountByEmail(host.services.store, email);
    if (account === undefined) throw new Error('no account was made');
    return account;
  };

  it('signs in with tokens that the mailbox takes, by a code that works once', async () => {
    const email = mail.user('anna');
    const landed = await landing(await consent(email));
    expect(landed.href).toMatch(/^https:\/\/chat\.example\.test\/signed-in\?tab=1&code=[\w-]{43}$/);
    const code = landed.searchParams.get('code');
    const reply = await exchange(code);
    expect(reply).toMatchObject({ status: 201, body: { account: { email, status: 'ok' } } });
    expect(await exchange(code)).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
    const account = await findAccountByEmail(host.services.store, email);
    if (account === undefined) throw new Error('no account was made');
    expect(account.imap).toMatchObject({ host: mail.imap.host, user: email });
    expect(await openCredentials(host.services, account)).toMatchObject({ oauth: { provider: 'example' } });
  });

  it('takes an answer once, at its own provider, with a state that was given out', async () => {
    const answer = await consent(mail.user('replayed'));
    expect((await comeBack(answer)).status).toBe(302);
    expect(await comeBack(answer)).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
    const forged = await consent(mail.user('forged'));
    forged.searchParams.set('state', 'of-somebody-else');
    expect(await comeBack(forged)).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
  });

  it('takes no answer after ten minutes, and no code after one', async () => {
    const answer = await consent(mail.user('slow'));
    const landed = await landing(await consent(mail.user('slower')));
    host.pass(61_000);
    expect(await exchange(landed.searchParams.get('code'))).toMatchObject({ status: 422 });
    host.pass(10 * 60_000);
    expect(await comeBack(answer)).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
  });

  it('gives the session to the app that began, where that can show its secret', async () => {
    const secret = 'a'.repeat(43);
    const codeChallenge = createHash('sha256').update(secret).digest('base64url');
    const codeFor = async (email: string, more: object) => {
      const url = await walk(await begin(email, { returnTo, ...more }), {
        ca: authority.ca,
        until: callback,
      });
      return (await landing(url)).searchParams.get('code');
    };
    const exchangeAs = (code: string | null, more: object) =>
      host.nobody.request('POST', '/v1/oauth/exchange', { code, ...more });
    const stolen = await codeFor(mail.user('bound'), { codeChallenge });
    expect(await exchangeAs(stolen, {})).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
    const guessed = await codeFor(mail.user('bound'), { codeChallenge });
    expect((await exchangeAs(guessed, { codeVerifier: 'b'.repeat(43) })).status).toBe(422);
    const foisted = await codeFor(mail.user('attacker'), {});
    expect((await exchangeAs(foisted, { codeVerifier: secret })).status).toBe(422);
    const own = await codeFor(mail.user('bound'), { codeChallenge });
    expect((await exchangeAs(own, { codeVerifier: secret })).status).toBe(201);
  });

  it('sends by the token too', async () => {
    const account = await signIn(mail.user('sending'));
    const { client } = await host.device(account);
    const to = mail.user('receiving');
    const sent = await client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [to],
      text: 'By token',
    });
    expect(await continueSend(host.services, account.id, String(sent['messageId']))).toBe('sent');
    expect(await mailsIn(mail, { email: to }, 'INBOX')).toMatchObject([{ messageId: sent['messageId'] }]);
  });

  it('tells the app that the user refused, or is somebody else than they said', async () => {
    authority.userIs('refusing');
    const refused = await landing(await consent(mail.user('unwilling')));
    expect(refused.search).toBe('?tab=1&error=access-denied');
    authority.userIs(`as ${mail.user('eve')}`);
    const other = await landing(await consent(mail.user('victim')));
    expect(other.search).toBe('?tab=1&error=other-address');
    expect(await findAccountByEmail(host.services.store, mail.user('victim'))).toBeUndefined();
  });

  it.each([
    'https://evil.test/',
    'https://push.example.test.evil.test/',
    'https://push.example.test@evil.test/',
    'javascript:alert(1)',
    '//evil.test',
  ])('sends nobody back to %s', async (elsewhere) => {
    const body = { email: mail.user('anna'), returnTo: elsewhere };
    expect(await host.nobody.request('POST', '/v1/oauth/example/start', body)).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'returnTo' }] },
    });
  });

  it('renews a token once, however many workers want it, where refresh tokens are rotated', async () => {
    const account = await signIn(mail.user('racing'));
    const before = await openCredentials(host.services, account);
    host.pass(56 * 60_000);
    const asked = authority.asked.length;
    const logins = await Promise.all([1, 2, 3].map(() => freshLogin(host.services, account)));
    expect(authority.asked.length - asked).toBe(1);
    expect(new Set(logins.map(({ secret }) => JSON.stringify(secret))).size).toBe(1);
    host.pass(56 * 60_000);
    const again = await freshLogin(host.services, account);
    expect(authority.asked.length - asked).toBe(2);
    expect(again.secret).not.toEqual(logins[0]?.secret);
    expect(before).not.toMatchObject({ oauth: again.secret });
  });

  it('goes on watching with the next token before the last one ends', async () => {
    const account = await signIn(mail.user('watched'));
    let letPass = () => {};
    const services = {
      ...host.services,
      clock: {
        ...host.services.clock,
        /** Short pauses are real; the long one, for a token's life, ends when the test says so. */
        async sleep(ms: number, signal?: AbortSignal) {
          if (ms < hour / 2) return host.services.clock.sleep(ms, signal);
          await new Promise<void>((resolve) => {
            letPass = resolve;
            signal?.addEventListener('abort', () => resolve(), { once: true });
          });
        },
      },
    };
    const stop = new AbortController();
    const ended = watchAccount(services, account.id, stop.signal);
    const look = () => host.services.lastChecks.get(account.id);
    const first = await eventually('the first look', look);
    const asked = authority.asked.length;
    host.pass(57 * 60_000);
    letPass();
    await eventually('a look with the next token', () => (look() ?? 0) > first + hour / 2 || undefined);
    expect(authority.asked.slice(asked)).toEqual(['/token']);
    const text = {
      from: 'bob@example.test',
      to: account.email,
      text: 'hi',
      messageId: '<chat$token@x.test>',
    };
    await mail.deliver(account.email, chatMail(text));
    await eventually('the mail', async () =>
      (await listConversations(host.services.store, account.id, host.services.clock.now())).length > 0
        ? true
        : undefined,
    );
    stop.abort();
    expect(await ended).toBe('stopped');
  });

  it('gives the grant back when the account is erased', async () => {
    const landed = await landing(await consent(mail.user('leaving')));
    const { body } = await exchange(landed.searchParams.get('code'));
    const token = isRecord(body) ? String(body['token']) : '';
    const asked = authority.asked.length;
    await new ContractClient(host.api, token).expect(204, 'DELETE', '/v1/account');
    expect(authority.asked.slice(asked)).toEqual(['/token/revocation']);
    expect(await findAccountByEmail(host.services.store, mail.user('leaving'))).toBeUndefined();
  });

  it('asks the user again when the grant has ended, and the provider never again', async () => {
    const account = await signIn(mail.user('ended'));
    host.pass(2 * hour);
    authority.endGrants();
    const asked = authority.asked.length;
    await expect(freshLogin(host.services, account)).rejects.toMatchObject({ code: 'login-refused' });
    await expect(freshLogin(host.services, account)).rejects.toMatchObject({ code: 'login-refused' });
    expect(authority.asked.length - asked).toBe(1);
  });
});
