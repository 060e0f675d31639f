import { describe, expect, it } from 'vitest';
import { readAutoconfig } from '../../../shared/discovery/read-autoconfig.ts';

const server = (name: string, type: string, fields: string) => `<${name} type="${type}">${fields}</${name}>`;
const imap = (fields: string) => server('incomingServer', 'imap', fields);
const smtp = (fields: string) => server('outgoingServer', 'smtp', fields);
const usual = (host: string, port: number, socket = 'SSL') =>
  `<hostname>${host}</hostname><port>${port}</port><socketType>${socket}</socketType>` +
  '<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>';
const file = (servers: string, more = '') =>
  `<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="example.org">${servers}</emailProvider>${more}</clientConfig>`;

describe('a configuration file', () => {
  it('names servers with TLS, in its order, with their placeholders', () => {
    const xml = file(
      `<domain>example.org</domain>
      ${server('incomingServer', 'pop3', usual('pop.example.org', 995))}
      ${imap(usual('imap.example.org', 993))}
      ${imap(usual('imap.example.org', 143, 'STARTTLS'))}
      ${smtp(`${usual('smtp.example.org', 465)}<authentication>OAuth2</authentication>`)}`,
      '<oAuth2><issuer>accounts.google.com</issuer></oAuth2>',
    );
    expect(readAutoconfig(xml)).toEqual({
      servers: [
        {
          kind: 'imap',
          host: 'imap.example.org',
          port: 993,
          tls: 'implicit',
          user: '%EMAILADDRESS%',
          authentication: ['password-cleartext'],
        },
        expect.objectContaining({ kind: 'imap', port: 143, tls: 'starttls' }),
        expect.objectContaining({
          kind: 'smtp',
          port: 465,
          authentication: ['password-cleartext', 'OAuth2'],
        }),
      ],
      issuers: ['accounts.google.com'],
    });
  });

  it.each([
    ['without TLS', imap(usual('imap.example.org', 143, 'plain'))],
    ['of another kind', server('incomingServer', 'exchange', usual('mail.example.org', 443))],
    ['without a host', imap('<port>993</port><socketType>SSL</socketType>')],
    ['without a port', imap('<hostname>imap.example.org</hostname><socketType>SSL</socketType>')],
    ['with a port that is none', imap(usual('imap.example.org', 99_999))],
    ['in another place', `<displayName>${imap(usual('imap.example.org', 993))}</displayName>`],
  ])('names no server %s', (_, servers) => {
    expect(readAutoconfig(file(servers)).servers).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<!doctype html><html><body><p>Welcome<br>to</body></html>'],
    ['JSON', '{"clientConfig": 1}'],
    ['an end without a beginning', '</clientConfig></emailProvider>'],
    ['a file cut off', file(imap(usual('imap.example.org', 993))).slice(0, 90)],
    ['a hundred thousand elements in each other', '<a>'.repeat(100_000)],
  ])('that is %s names no server', (_, xml) => {
    expect(readAutoconfig(xml).servers).toEqual([]);
  });

  it('expands no entities, its own neither', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "imap.example.org"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>`;
    const [found] = readAutoconfig(bomb + file(imap(usual('&b;&c;', 993)))).servers;
    expect(found?.host).toBe('&b;&c;');
  });

  it('names a bounded number of servers, in bounded words', () => {
    const { servers } = readAutoconfig(file(imap(usual('x'.repeat(100_000), 993)).repeat(50)));
    expect(servers.length).toBeLessThanOrEqual(20);
    expect(readAutoconfig(file(imap(usual('imap.example.org', 993)).repeat(1_000))).servers).toHaveLength(20);
  });
});
