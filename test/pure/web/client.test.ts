import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeApi } from '../../../functions/api/app.ts';
import { clientTypes } from '../../../functions/web/api-client/generate.ts';
import { addressHash as nameInClient } from '../../../functions/web/app/address-hash.ts';
import { buildWeb } from '../../../functions/web/build.ts';
import { createSite, isApiPath } from '../../../functions/web/site.ts';
import { packFiles, unpackFiles } from '../../../functions/web/site-file.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';

const root = new URL('../../../', import.meta.url);

describe('the typed client module', () => {
  it('has the types of the API as it is: run `npm run client-types` and `npm run format` when it has not', () => {
    const written = readFileSync(new URL('functions/web/api-client/types.ts', root), 'utf8');
    const plain = (code: string) => code.replaceAll(/[\s;|,()"']/g, '');
    expect(plain(written)).toBe(plain(clientTypes(describeApi())));
  });
});

describe('the built client', () => {
  const files = buildWeb();
  const site = createSite(() => files);

  it('has at most 60 KB of scripts, compressed', () => {
    const scripts = files.filter(({ path }) => path.endsWith('.js'));
    expect(scripts).toHaveLength(2);
    const bytes = scripts.reduce((sum, { gzip }) => sum + gzip.length, 0);
    console.log(`Scripts of the client, compressed: ${Math.round(bytes / 100) / 10} KB of 60 KB`);
    expect(bytes).toBeLessThanOrEqual(60_000);
  });

  it('is served with a policy that runs nothing but its own files', async () => {
    const reply = await site.request('/');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(reply.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(await reply.text()).not.toMatch(/<script(?![^>]*src="\/)|<style|\bon\w+=|https?:/);
  });

  it('never puts HTML into the page', () => {
    const [script] = files.filter(({ path }) => path.startsWith('/app-'));
    expect(Buffer.from(script?.plain ?? []).toString()).not.toMatch(
      /insertAdjacentHTML|document\.write|\beval\(/,
    );
  });

  it('is kept for ever where its name has its hash, and asked for again where it has not', async () => {
    for (const { path, immutable } of files) {
      const { headers } = await site.request(path);
      const etag = headers.get('etag') ?? '';
      expect(headers.get('cache-control')).toContain(immutable ? 'immutable' : 'no-cache');
      expect((await site.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    }
  });

  it('goes compressed to those who take that, with the same content', async () => {
    const [script] = files.filter(({ path }) => path.startsWith('/app-'));
    const reply = await site.request(script?.path ?? '', { headers: { 'accept-encoding': 'gzip, br' } });
    expect(reply.headers.get('content-encoding')).toBe('br');
    expect(Number((await reply.arrayBuffer()).byteLength)).toBeLessThan(60_000);
  });

  it.each([
    ['what it does not have', 'GET', 404],
    ['what it does not do', 'POST', 405],
  ] as const)('answers for %s as the API does', async (_, method, status) => {
    const reply = await site.request('/nothing', { method });
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  });

  it('is the same after it was packed into the bundle of its function', () => {
    expect(unpackFiles(packFiles(files))).toEqual(files);
  });

  it('tells how to write another client, with the very program that a test runs', async () => {
    const page = await (await site.request('/docs/your-own-client')).text();
    const program = await (await site.request('/docs/own-client.mjs')).text();
    expect(program).toBe(readFileSync(new URL('functions/web/own-client/own-client.mjs', root), 'utf8'));
    const shown = page
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&');
    expect(shown).toContain(program);
  });
});

describe('the addresses of the API', () => {
  it.each(['/v1', '/v1/account', '/healthz', '/openapi.json', '/docs'])('are left to it: %s', (path) =>
    expect(isApiPath(path)).toBe(true),
  );
  it.each(['/', '/v1x', '/app-1.js', '/docs.js', '/docs/your-own-client', '/service-worker.js'])(
    'are not those of the client: %s',
    (path) => expect(isApiPath(path)).toBe(false),
  );
});

describe('the name of a contact', () => {
  it.each([
    'alice@example.test',
    'Alice@Example.TEST',
    'jose\u0301@example.test',
    `${'é'.repeat(67)}@example.test`,
  ])('is the one that the service gives it: %s', (address) =>
    expect(nameInClient(address)).toBe(addressHash(address)),
  );
});
