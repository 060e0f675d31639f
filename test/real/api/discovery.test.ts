import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailDns } from '../../../shared/discovery/mail-dns.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { a, type LocalDns, mx, srv, startLocalDns } from '../../support/local-dns.ts';
import { type LocalWeb, startLocalWeb } from '../../support/local-web.ts';

const server = (name: string, type: string, host: string, port: number, user = '%EMAILADDRESS%') =>
  `<${name} type="${type}"><hostname>${host}</hostname><port>${port}</port><socketType>SSL</socketType>` +
  `<username>${user}</username><authentication>password-cleartext</authentication></${name}>`;
const config = (imapHost: string, smtpHost: string, user?: string) =>
  `<clientConfig version="1.1"><emailProvider>${server('incomingServer', 'imap', imapHost, 993, user)}` +
  `${server('outgoingServer', 'smtp', smtpHost, 465, user)}</emailProvider></clientConfig>`;

/** What the web servers of several domains answer. */
const files: Readonly<Record<string, string>> = {
  'autoconfig.own.test/mail/config-v1.1.xml': config(
    'imap.%EMAILDOMAIN%',
    'smtp.own.test',
    '%EMAILLOCALPART%',
  ),
  'wellknown.test/.well-known/autoconfig/mail/config-v1.1.xml': config(
    'imap.wellknown.test',
    'smtp.wellknown.test',
  ),
  'ispdb.test/v1.1/listed.test': config('imap.host.test', 'smtp.host.test'),
  'ispdb.test/v1.1/hoster.test': config('imap.hoster.test', 'smtp.hoster.test'),
  'autoconfig.inside.test/mail/config-v1.1.xml': config('10.0.0.1', '169.254.169.254'),
  'autoconfig.disguised.test/mail/config-v1.1.xml': config('0x7f.1', 'smtp.disguised.test'),
  'autoconfig.hostile.test/mail/config-v1.1.xml': config(
    'imap.hostile.test\r\nHost: x',
    'smtp.hostile.test',
    'a\u0000b',
  ),
  'autoconfig.large.test/mail/config-v1.1.xml': config('imap.large.test', 'smtp.large.test').padEnd(300_000),
};
const names = [
  ...Object.keys(files).map((at) => at.split('/')[0] ?? ''),
  'autoconfig.moved.test',
  'autoconfig.silent.test',
];

describe('discovery', () => {
  let dns: LocalDns;
  let web: LocalWeb;
  let host: ApiHost;

  beforeAll(async () => {
    let turns = 0;
    dns = await startLocalDns({
      ...Object.fromEntries([...names, 'untrusted.test'].map((name) => [name, [a(name, '127.0.0.1')]])),
      // Public when it is looked at, inside when it is connected to: it is looked at once.
      'autoconfig.rebinding.test': () => {
        turns += 1;
        return [a('autoconfig.rebinding.test', turns % 2 === 1 ? '10.0.0.1' : '127.0.0.1')];
      },
      '_imaps._tcp.srv.test': [
        srv('_imaps._tcp.srv.test', 'backup.srv.test', 993, 20),
        srv('_imaps._tcp.srv.test', 'imap.srv.test', 993, 10),
      ],
      '_submissions._tcp.srv.test': [srv('_submissions._tcp.srv.test', 'smtp.srv.test', 465)],
      '_imaps._tcp.starttls.test': [srv('_imaps._tcp.starttls.test', '.', 0)],
      '_imap._tcp.starttls.test': [srv('_imap._tcp.starttls.test', 'mail.starttls.test', 143)],
      '_submission._tcp.starttls.test': [srv('_submission._tcp.starttls.test', 'mail.starttls.test', 587)],
      '_imaps._tcp.forged.test': [srv('_imaps._tcp.forged.test', 'imap.attacker.test', 993)],
      '_submissions._tcp.forged.test': [srv('_submissions._tcp.forged.test', 'smtp.forged.test', 465)],
      '_imaps._tcp.hidden.test': [srv('_imaps._tcp.hidden.test', '192.168.0.1', 993)],
      '_submissions._tcp.hidden.test': [srv('_submissions._tcp.hidden.test', 'localhost', 465)],
      'company.test': [mx('company.test', 'aspmx.l.google.com', 1)],
      'hosted.test': [mx('hosted.test', 'mx2.hoster.test', 20), mx('hosted.test', 'mx1.hoster.test', 10)],
    });
    web = await startLocalWeb(names, (at, response) => {
      const path = at.split('?')[0] ?? '';
      if (path.startsWith('autoconfig.silent.test')) return;
      if (path.startsWith('autoconfig.moved.test')) {
        response.writeHead(302, { location: 'https://wellknown.test/' }).end();
        return;
      }
      const file = files[path];
      response.writeHead(file === undefined ? 404 : 200, { 'content-type': 'text/xml' }).end(file);
    });
    host = await startApiHost({
      ca: [web.ca],
      // Google alone: of Microsoft this service can do nothing.
      oauth: JSON.stringify({ google: { clientId: 'coi-push', clientSecret: 'secret' } }),
      // Loopback stands for the public internet here; everything else that is not public stays forbidden.
      guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8'], resolve: dns.resolve }),
      discovery: {
        dns: mailDns(dns.servers),
        ispdb: `https://ispdb.test:${web.port}/v1.1`,
        webPort: web.port,
      },
    });
  });
  afterAll(async () => {
    await host?.stop();
    await web?.stop();
    await dns?.stop();
  });
  beforeEach(() => host.pass(3_600_000));

  const find = (email: string) => host.nobody.request('POST', '/v1/discovery', { email });
  const implicit = (name: string, port: number, user: string) => ({
    host: name,
    port,
    tls: 'implicit',
    user,
  });

  it('knows large providers, how they name users, and what to do before signing in', async () => {
    expect((await find('Anna@gmail.com')).body).toMatchObject({
      imap: implicit('imap.gmail.com', 993, 'anna@gmail.com'),
      smtp: implicit('smtp.gmail.com', 465, 'anna@gmail.com'),
      auth: ['oauth2:google', 'password'],
      hints: [{ code: 'app-password', url: expect.stringContaining('https://') }],
      source: 'provider',
      confirm: false,
    });
    expect((await find('anna@icloud.com')).body).toMatchObject({
      imap: { user: 'anna' },
      smtp: { user: 'anna@icloud.com', tls: 'starttls' },
    });
    expect((await find('anna@hotmail.com')).body).toMatchObject({
      auth: [],
      hints: [{ code: 'oauth-only' }, { code: 'oauth-not-set-up' }],
    });
    expect((await find('anna@web.de')).body).toMatchObject({
      hints: [{ code: 'enable-imap' }, { code: 'spam-filter' }],
    });
    expect((await find('anna@proton.me')).body).toMatchObject({
      imap: null,
      smtp: null,
      auth: [],
      hints: [{ code: 'no-imap' }],
    });
  });

  it("reads the domain's own file, which alone is told the address", async () => {
    expect((await find('anna@own.test')).body).toMatchObject({
      imap: implicit('imap.own.test', 993, 'anna'),
      smtp: implicit('smtp.own.test', 465, 'anna'),
      auth: ['password'],
      source: 'autoconfig',
      confirm: false,
    });
    expect((await find('anna@wellknown.test')).body).toMatchObject({
      imap: implicit('imap.wellknown.test', 993, 'anna@wellknown.test'),
      source: 'autoconfig',
    });
    expect((await find('anna@listed.test')).body).toMatchObject({
      imap: implicit('imap.host.test', 993, 'anna@listed.test'),
      source: 'ispdb',
      confirm: false,
    });
    for (const at of web.asked.filter((each) => each.includes('anna'))) expect(at).toMatch(/^autoconfig\./);
  });

  it('follows SRV records, the better ones first, and trusts those that stay in the domain', async () => {
    expect((await find('anna@srv.test')).body).toMatchObject({
      imap: implicit('imap.srv.test', 993, 'anna@srv.test'),
      smtp: implicit('smtp.srv.test', 465, 'anna@srv.test'),
      source: 'srv',
      confirm: false,
    });
    expect((await find('anna@starttls.test')).body).toMatchObject({
      imap: { host: 'mail.starttls.test', port: 143, tls: 'starttls' },
      smtp: { host: 'mail.starttls.test', port: 587, tls: 'starttls' },
    });
    expect((await find('anna@forged.test')).body).toMatchObject({
      imap: { host: 'imap.attacker.test' },
      source: 'srv',
      confirm: true,
    });
  });

  it('recognises a provider by the mail exchangers, and asks the user', async () => {
    expect((await find('anna@company.test')).body).toMatchObject({
      imap: implicit('imap.gmail.com', 993, 'anna@company.test'),
      source: 'mx',
      confirm: true,
    });
    expect((await find('anna@hosted.test')).body).toMatchObject({
      imap: implicit('imap.hoster.test', 993, 'anna@hosted.test'),
      source: 'mx',
      confirm: true,
    });
  });

  it.each([
    ['names servers inside', 'inside.test'],
    ['disguises them', 'disguised.test'],
    ['holds line breaks and NULs', 'hostile.test'],
    ['is larger than any', 'large.test'],
    ['lies elsewhere', 'moved.test'],
    ['lies behind a name that leads inside', 'rebinding.test'],
    ['is of a server whose certificate is for other names', 'untrusted.test'],
    ['does not exist', 'nothing.test'],
  ])('finds nothing where the file %s', async (_, domain) => {
    const reply = await find(`anna@${domain}`);
    expect(reply).toMatchObject({ status: 422, body: { code: 'needs-settings' } });
    expect(isRecord(reply.body) ? reply.body['detail'] : '').toContain(`autoconfig.${domain}`);
  });

  it('leaves out addresses inside that SRV records name', async () => {
    expect((await find('anna@hidden.test')).status).toBe(422);
  });

  it('does not wait for ever for a web server that says nothing', async () => {
    expect((await find('anna@silent.test')).status).toBe(422);
  });

  it('is limited for each network', async () => {
    let last = 0;
    for (let count = 0; count < 31; count++) last = (await find('anna@gmail.com')).status;
    expect(last).toBe(429);
  });

  it('serves a sign-in that names no servers, unless a user has to confirm them', async () => {
    const signIn = (email: string) =>
      host.nobody.request('POST', '/v1/sessions', { email, password: 'correct-horse' });
    // The servers of the file do not exist: that they were asked is all there is to see here.
    expect((await signIn('anna@own.test')).body).toMatchObject({
      code: 'mail-host-unreachable',
      errors: [{ field: 'imap' }],
    });
    expect((await signIn('anna@forged.test')).body).toMatchObject({
      status: 422,
      code: 'needs-settings',
      errors: [
        { field: 'imap', message: expect.stringContaining('imap.attacker.test:993') },
        { field: 'smtp', message: expect.stringContaining('smtp.forged.test:465') },
      ],
    });
    expect(dns.asked).not.toContain('A imap.attacker.test');
    expect((await signIn('anna@nothing.test')).body).toMatchObject({
      code: 'needs-settings',
      detail: expect.stringContaining('Tried'),
    });
    expect((await signIn('anna@proton.me')).body).toMatchObject({
      code: 'needs-settings',
      detail: expect.stringContaining('Proton'),
    });
  });
});
