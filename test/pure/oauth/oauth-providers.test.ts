import { describe, expect, it } from 'vitest';
import { parseOauthProviders } from '../../../shared/oauth/oauth-providers.ts';
import { tokensOf } from '../../../shared/oauth/refresh-grant.ts';

const example = {
  issuer: 'https://login.example.org',
  clientId: 'id',
  scopes: 'openid email',
  imap: 'imap.example.org:993',
  smtp: 'smtp.example.org:587',
};

describe("the operator's clients at providers", () => {
  it('are none where nothing is set', () => {
    expect(parseOauthProviders('  ').size).toBe(0);
  });

  it('need an id alone at Google and Microsoft, whose tokens go to their own servers', () => {
    const providers = parseOauthProviders(
      JSON.stringify({ google: { clientId: 'g' }, microsoft: { clientId: 'm', tenant: 'contoso' } }),
    );
    expect(providers.get('google')).toMatchObject({ clientId: 'g', imap: { host: 'imap.gmail.com' } });
    expect(providers.get('microsoft')).toMatchObject({
      issuer: 'https://login.microsoftonline.com/contoso/v2.0',
      imap: { host: 'outlook.office365.com' },
    });
  });

  it('cannot lead the tokens of Google elsewhere', () => {
    const text = JSON.stringify({ google: { ...example, imap: 'evil.example.org:993' } });
    expect(parseOauthProviders(text).get('google')?.imap.host).toBe('imap.gmail.com');
  });

  it('take TLS at once, or by STARTTLS at the ports of that', () => {
    const provider = parseOauthProviders(JSON.stringify({ example })).get('example');
    expect(provider).toMatchObject({
      clientSecret: undefined,
      imap: { host: 'imap.example.org', port: 993, tls: 'implicit' },
      smtp: { host: 'smtp.example.org', port: 587, tls: 'starttls' },
    });
  });

  it.each([
    ['no JSON', '{"google": {"clientId": "top-secret"', 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['a name with blanks', JSON.stringify({ 'top secret': example }), 'a-z, 0-9'],
    ['no object', JSON.stringify({ example: 'top-secret' }), 'example are not a JSON object'],
    ['no id', JSON.stringify({ example: { ...example, clientId: 7 } }), 'lack clientId'],
    [
      'a secret over two lines',
      JSON.stringify({ example: { ...example, clientSecret: 'top\nsecret' } }),
      'lack clientSecret',
    ],
    [
      'an issuer without TLS',
      JSON.stringify({ example: { ...example, issuer: 'http://top-secret' } }),
      'no https',
    ],
    ['a server without a port', JSON.stringify({ example: { ...example, imap: 'top-secret' } }), 'host:port'],
  ])('are refused with %s, by a message that quotes no value', (_, text, says) => {
    const parse = () => parseOauthProviders(text);
    expect(parse).toThrow(says);
    expect(parse).not.toThrow(/top/);
  });
});

describe('tokens', () => {
  it('last an hour where the provider says nothing', () => {
    expect(tokensOf({ access_token: 'a', token_type: 'bearer' })).toEqual({
      ...{ accessToken: 'a', refreshToken: undefined, lifeMs: 3_600_000 },
    });
  });

  it.each(['a\u0001auth=Bearer b', 'a\r\nA1 LOGOUT', 'ä', ''])('of odd characters are refused', (odd) => {
    expect(() => tokensOf({ access_token: odd, token_type: 'bearer' })).toThrow('odd characters');
    const given = { access_token: 'a', token_type: 'bearer', refresh_token: odd } as const;
    expect(() => tokensOf(given)).toThrow('odd characters');
  });
});
