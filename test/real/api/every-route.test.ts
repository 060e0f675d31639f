import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../../functions/api/openapi.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { limits } from '../../../shared/core/limits.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { getAddressBook, putAddressBook } from '../../../shared/store/address-book.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import { accountKey } from '../../../shared/store/keys.ts';
import { getSession } from '../../../shared/store/session.ts';
import { getSubscription, putSubscription } from '../../../shared/store/subscription.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { exampleAddressBook, exampleSubscription } from '../../support/store-examples.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost({
    corsOrigins: ['https://chat.example.org'],
    publicUrl: 'https://api.example.org',
  });
});
afterAll(() => host.stop());

type Operation = { readonly method: string; readonly path: string; readonly isOpen: boolean };

/** Every call there is: a new route is in these tests by being registered. */
function operations(): Operation[] {
  return Object.entries(openApiDocument(host.api, undefined).paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]: [string, unknown]) => ({
      method: method.toUpperCase(),
      path,
      isOpen: !(
        isRecord(operation) &&
        Array.isArray(operation['security']) &&
        operation['security'].length > 0
      ),
    })),
  );
}

/** A path with something in place of its parameters that nobody has. */
const anyPath = (path: string) => path.replace('{part}', '1').replace('{id}', 'nobody-has-this');

/** What each call with a body takes. */
const bodies: Readonly<Record<string, unknown>> = {
  'PUT /v1/push/subscriptions/{id}': {},
  'PUT /v1/contacts/{hash}': {},
  'POST /v1/push/subscriptions/{id}/validate': { validation: 'x' },
  'POST /v1/conversations/{id}/seen': { upTo: 'x' },
  'PATCH /v1/messages/{id}': { silent: true },
  'POST /v1/messages': { kind: 'text', to: ['bob@example.org'], text: 'hi' },
  'POST /v1/messages/raw': 'From: nobody',
};

describe('without a valid token', () => {
  it('only the calls that need none answer', () => {
    const open = operations().filter(({ isOpen }) => isOpen);
    expect(open.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/discovery',
      'POST /v1/sessions',
      'POST /v1/oauth/{provider}/start',
      'GET /v1/oauth/{provider}/callback',
      'POST /v1/oauth/exchange',
      'GET /v1/push/key',
      'GET /healthz',
    ]);
  });

  it('every other call is refused, before it looks at the request', async () => {
    const { client, account } = await host.account();
    const [accountId, sessionId, secret = ''] = client.token?.split('.') ?? [];
    const other = await host.account();
    const wrongTokens = [
      undefined,
      'Bearer',
      'Bearer x',
      `Basic ${client.token}`,
      `Bearer ${accountId}.${sessionId}.${'A'.repeat(43)}`,
      `Bearer ${other.account.id}.${sessionId}.${secret}`,
      `Bearer ${accountId}.${sessionId}.${secret} x`,
      `Bearer ${accountId}#.${sessionId}.${secret}`,
      `Bearer nobody.${sessionId}.${secret}`,
    ];
    const closed = operations().filter(({ isOpen }) => !isOpen);
    expect(closed.length).toBeGreaterThan(15);
    for (const { method, path } of closed) {
      for (const token of wrongTokens) {
        const headers = token === undefined ? {} : { authorization: token };
        const body = method === 'GET' || method === 'DELETE' ? undefined : '{"not valid"';
        const reply = await host.nobody.request(method, anyPath(path), body, headers);
        expect([method, path, token, reply.status]).toEqual([method, path, token, 401]);
        expect(reply.body).toMatchObject({ code: 'not-signed-in', status: 401 });
        expect(reply.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
    expect(
      await getSession(host.services.store, account.id, sessionId ?? '', host.services.clock.now()),
    ).toBeDefined();
  });
});

describe("another account's things", () => {
  it('are not found by any call that names one, and stay as they are', async () => {
    const alice = await host.account();
    const { conversation, messages } = await seedConversation(host.services, alice.account, { messages: 2 });
    const [message] = messages;
    if (message === undefined) throw new Error('nothing seeded');
    const { store, clock } = host.services;
    const subscription = exampleSubscription({
      accountId: alice.account.id,
      id: 'alices-subscription',
      expiresAt: clock.now() + limits.subscriptionKeptMs,
    });
    await putSubscription(store, subscription, clock.now());
    const hash = addressHash('bob@example.org');
    const book = exampleAddressBook({ accountId: alice.account.id });
    await putAddressBook(store, book);
    const idFor = (path: string) =>
      [
        ['/v1/sessions/', alice.sessionId],
        ['/v1/push/', subscription.id],
        ['/v1/conversations/', conversation.id],
        ['/v1/messages/', messageRef(message)],
        ['/v1/contacts/', hash],
      ].find(([start]) => start !== undefined && path.startsWith(start))?.[1];

    // Contacts are looked for in one's own mailbox: Mallory's does not answer.
    const imap = { host: '127.0.0.1', port: 1, tls: 'implicit', user: 'mallory' } as const;
    const mallory = (await host.account({ imap })).client;
    const naming = operations().filter(({ path, isOpen }) => !isOpen && path.includes('{'));
    expect(naming.length).toBeGreaterThan(14);
    for (const { method, path } of naming) {
      const id = idFor(path);
      if (id === undefined) throw new Error(`say what ${path} names, so that it is tested`);
      const call = `${method} ${path}`;
      const body = call === 'POST /v1/conversations/{id}/seen' ? { upTo: messageRef(message) } : bodies[call];
      const named = path.replace(/\{(?:id|hash)\}/, id).replace('{part}', '1');
      const reply = await mallory.request(method, named, body);
      const allowed =
        call === 'DELETE /v1/push/subscriptions/{id}'
          ? 204 // Idempotent: whatever it is, Mallory does not have it afterwards.
          : call === 'PUT /v1/push/subscriptions/{id}'
            ? 400 // A subscription of Mallory's own under the same id, if the body were one.
            : call === 'POST /v1/push/subscriptions/{id}/validate'
              ? 422
              : call === 'PUT /v1/contacts/{hash}'
                ? 400 // A contact of Mallory's own.
                : path.startsWith('/v1/contacts/')
                  ? 502
                  : 404;
      expect([call, reply.status]).toEqual([call, allowed]);
    }
    const now = clock.now();
    expect(await getSubscription(store, alice.account.id, subscription.id, now)).toMatchObject({
      state: 'active',
    });
    expect(await getConversation(store, alice.account.id, conversation.id, now)).toMatchObject({ unread: 2 });
    expect((await getAddressBook(store, alice.account.id))?.entries).toEqual(book.entries);
    await alice.client.expect(200, 'GET', '/v1/account');
  });

  it('cannot be written to by naming its conversation', async () => {
    const alice = await host.account();
    const { conversation } = await seedConversation(host.services, alice.account, {
      id: 'alices-conversation',
    });
    const mallory = (await host.account()).client;
    const reply = await mallory.request('POST', '/v1/messages', {
      kind: 'text',
      conversation: conversation.id,
      text: 'hi',
    });
    expect(reply.status).toBe(404);
  });
});

describe('errors', () => {
  it('are problem details for addresses and methods that do not exist', async () => {
    const missing = await host.nobody.request('GET', '/v1/nothing-here');
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(missing.body).toEqual({
      type: 'https://api.example.org/docs#not-found',
      title: 'There is no such thing here',
      status: 404,
      detail: 'There is nothing at this address. See /docs.',
      code: 'not-found',
    });
    const method = await host.nobody.request('PATCH', '/v1/push/key');
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(method.body).toMatchObject({ status: 405, code: 'invalid-request' });
  });

  it('list every member of a body that is wrong', async () => {
    const reply = await host.nobody.request('POST', '/v1/sessions', {
      email: 'no address',
      imap: { host: 'a b', port: 0, tls: 'none' },
      smtp: { host: 'smtp.example.org', port: '587', tls: 'starttls', user: 'a\r\nb' },
      deviceName: 'x'.repeat(200),
    });
    expect(reply.status).toBe(400);
    const { errors } = isRecord(reply.body) ? reply.body : {};
    const fields = Array.isArray(errors)
      ? errors.map((error: unknown) => (isRecord(error) ? error['field'] : error))
      : [];
    expect(fields.toSorted()).toEqual([
      'deviceName',
      'email',
      'imap.host',
      'imap.port',
      'imap.tls',
      'password',
      'smtp.port',
      'smtp.user',
    ]);
  });

  it('name a wrong query, path or header', async () => {
    const { client } = await host.account();
    const cases = [
      ['GET', '/v1/conversations?limit=0', 'limit'],
      ['GET', '/v1/conversations?limit=101', 'limit'],
      ['GET', '/v1/conversations?limit=ten', 'limit'],
      ['GET', '/v1/conversations?cursor=x', 'cursor'],
      ['GET', '/v1/conversations?since=yesterday', 'since'],
      ['GET', '/v1/conversations/a%23b', 'id'],
      ['GET', '/v1/push/subscriptions/short', 'id'],
      ['GET', '/v1/messages/x/parts/0', 'part'],
    ] as const;
    for (const [method, path, field] of cases) {
      const reply = await client.request(method, path);
      expect([path, reply.status]).toEqual([path, 400]);
      expect(reply.body).toMatchObject({ code: 'invalid-request', errors: [{ field }] });
    }
  });

  it.each([
    ['broken JSON', '{"email": ', 'application/json', 400],
    ['no JSON at all', 'hello', 'application/json', 400],
    ['an array', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['a form', 'email=a', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{}', 'text/plain', 415],
    ['a body of over a megabyte', `{"email": "${'x'.repeat(limits.apiBodyBytes)}"}`, 'application/json', 413],
  ])('tell that a body is %s', async (_, body, type, status) => {
    const reply = await host.nobody.request('POST', '/v1/sessions', body, { 'content-type': type });
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ code: 'invalid-request', status });
  });

  it('tell nothing of what went wrong inside', async () => {
    const { client, account } = await host.account();
    // An item that a later version wrote, say.
    await host.services.store.put(accountKey(account.id), { v: 99, e: 'secret@example.org' });
    const reply = await client.request('GET', '/v1/account');
    expect(reply.body).toEqual({
      type: 'https://api.example.org/docs#internal',
      title: 'Something went wrong here',
      status: 500,
      detail: 'Something went wrong here. Try again; if it stays, tell the operator.',
      code: 'internal',
    });
  });
});

describe('headers', () => {
  it('keep every reply private and inert', async () => {
    for (const [path, status] of [
      ['/v1/push/key', 200],
      ['/v1/account', 401],
      ['/nowhere', 404],
    ] as const) {
      const reply = await host.nobody.request('GET', path);
      expect(reply.status).toBe(status);
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
        'referrer-policy': 'no-referrer',
        'strict-transport-security': 'max-age=31536000',
      });
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('let scripts of the configured origins in, and of no others', async () => {
    const ask = (origin: string) =>
      host.nobody.raw('OPTIONS', '/v1/messages', undefined, {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      });
    const allowed = await ask('https://chat.example.org');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://chat.example.org');
    expect(allowed.headers.get('access-control-allow-headers')).toBe(
      'authorization,content-type,idempotency-key',
    );
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    const refused = await ask('https://evil.example.org');
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const response = await host.nobody.raw('GET', '/openapi.json');
    const document: unknown = await response.json();
    const result = await new Validator().validate(isRecord(document) ? document : {});
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'https://api.example.org' }] });
  });

  it('has patterns that are regular expressions of JSON Schema', () => {
    const patterns = [
      ...JSON.stringify(openApiDocument(host.api, undefined)).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g),
    ];
    expect(patterns.length).toBeGreaterThan(3);
    for (const [, pattern] of patterns) expect(String(JSON.parse(pattern ?? ''))).toMatch(/^\^.*\$$/);
  });

  it('has a summary, a tag and the errors of every call', () => {
    const { paths, tags } = openApiDocument(host.api, undefined);
    const known = new Set(tags?.map((tag) => tag.name));
    for (const [path, methods] of Object.entries(paths ?? {})) {
      for (const [method, operation] of Object.entries(methods)) {
        const name = `${method} ${path}`;
        expect([name, isRecord(operation) && typeof operation['summary']]).toEqual([name, 'string']);
        const [tag] = isRecord(operation) && Array.isArray(operation['tags']) ? operation['tags'] : [];
        expect([name, known.has(String(tag))]).toEqual([name, true]);
      }
    }
  });

  it('is a page for people too, without scripts and without anything from elsewhere', async () => {
    const response = await host.nobody.raw('GET', '/docs');
    const html = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+';/);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\son[a-z]+=|\sstyle=|url\(|@import/i);
    expect(
      [...html.matchAll(/(?:href|src)="([^"]+)"/g)].filter(([, link]) => !/^[#/]/.test(link ?? '')),
    ).toEqual([]);
    for (const { method, path } of operations()) {
      expect(html).toContain(`>${method}</span> <code>${path.replaceAll('/', '/<wbr>')}</code></h3>`);
    }
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('tells the version of the package', async () => {
    const packageJson: unknown = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    );
    const { version } = isRecord(packageJson) ? packageJson : {};
    expect(await host.nobody.expect(200, 'GET', '/healthz')).toEqual({ version });
  });
});
