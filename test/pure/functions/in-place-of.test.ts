import { createServer } from 'node:http';
import fc from 'fast-check';
import realIconv from 'iconv-lite';
import realLibmime from 'libmime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultProvider } from '../../../functions/on-aws/in-place-of/credential-provider-node.ts';
import iconv from '../../../functions/on-aws/in-place-of/iconv-lite.ts';
import libmime from '../../../functions/on-aws/in-place-of/libmime.ts';
import { listen } from '../../support/listen.ts';

describe('what stands for iconv-lite in bundles', () => {
  const names = fc.string({ unit: 'grapheme', maxLength: 40 });

  it('writes folder names as the real one does', () => {
    fc.assert(
      fc.property(names, (name) => {
        const real = realIconv.encode(name, 'utf-7-imap').toString();
        expect(iconv.encode(name, 'utf-7-imap').toString()).toBe(real);
      }),
    );
  });

  it('reads what was written', () => {
    fc.assert(
      fc.property(names, (name) => {
        const written = realIconv.encode(name, 'utf-7-imap');
        expect(iconv.decode(written, 'utf-7-imap')).toBe(name);
      }),
    );
  });

  it.each([
    ['Entw&APw-rfe', 'Entwürfe'],
    ['&U,BTFw-/&ZeVnLIqe-', '台北/日本語'],
    ['a&-b', 'a&b'],
    ['INBOX', 'INBOX'],
    ['half &AP', 'half &AP'],
    ['&A-', ''],
  ])('reads %s', (written, name) => {
    expect(iconv.decode(Buffer.from(written), 'utf-7-imap')).toBe(name);
  });
});

describe('what stands for libmime in bundles', () => {
  const words = fc
    .tuple(
      fc.constantFrom('utf-8', 'UTF-8', 'iso-8859-1', 'windows-1252', 'koi8-r', 'gb2312', 'big5', 'us-ascii'),
      fc.stringMatching(/^[ -~]{0,12}$/),
      fc.boolean(),
    )
    .map(([charset, text, isBase64]) => {
      const bytes = Buffer.from(text);
      const q = [...bytes].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
      return isBase64 ? `=?${charset}?B?${bytes.toString('base64')}?=` : `=?${charset}?Q?${q}?=`;
    });
  const values = fc
    .array(fc.oneof(words, fc.constantFrom(' ', '  ', '\r\n ', 'x', ' y ', '=?', '?=')), { maxLength: 8 })
    .map((parts) => parts.join(''));

  it('decodes names as the real one does', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(libmime.decodeWords(value)).toBe(realLibmime.decodeWords(value));
      }),
      { numRuns: 500 },
    );
  });
});

describe('what stands for the search of credentials in bundles', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('takes those of the environment, as functions have them', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIA1');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_SESSION_TOKEN', 'token');
    expect(await defaultProvider()()).toMatchObject({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });

  it('asks the address that a container is told, where the environment has none', async () => {
    const server = createServer((_request, response) => {
      const expiry = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          AccessKeyId: 'ASIA2',
          SecretAccessKey: 'secret',
          Token: 'token',
          Expiration: expiry,
        }),
      );
    });
    const port = await listen(server);
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/role`);
    try {
      expect(await defaultProvider()()).toMatchObject({ accessKeyId: 'ASIA2' });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
