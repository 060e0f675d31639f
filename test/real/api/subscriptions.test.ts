import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  getSubscription,
  listActiveSubscriptions,
  putSubscription,
} from '../../../shared/store/subscription.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';

let pushService: PushService;
let host: ApiHost;
beforeAll(async () => {
  pushService = await startPushService();
  host = await startApiHost({ ca: [pushService.ca] });
});
afterAll(async () => {
  await host.stop();
  await pushService.close();
});

const id = 'subscription-1';
const path = `/v1/push/subscriptions/${id}`;

function wish(device: Pick<Device, 'endpoint' | 'p256dh' | 'auth'>, changes: Record<string, unknown> = {}) {
  const { endpoint, p256dh, auth } = device;
  return {
    client: 'test client',
    device: 'test phone',
    msgtype: 'chat',
    resource: { endpoint, expirationTime: null, keys: { p256dh, auth } },
    ...changes,
  };
}

async function validationOf(device: Device): Promise<string> {
  const { payload } = await device.next();
  const parsed: unknown = JSON.parse(payload.toString());
  if (!isRecord(parsed) || typeof parsed['validation'] !== 'string') throw new Error('no validation push');
  return parsed['validation'];
}

async function subscribed(client: ContractClient, device: Device, subscriptionPath = path): Promise<void> {
  await client.expect(201, 'PUT', subscriptionPath, wish(device));
  await client.expect(204, 'POST', `${subscriptionPath}/validate`, {
    validation: await validationOf(device),
  });
}

const newDevice = () => pushService.newDevice(host.services.vapid.publicKey);

describe('the push key', () => {
  it('is the point that browsers subscribe with, and the same as PEM', async () => {
    const key = await host.nobody.expect(200, 'GET', '/v1/push/key');
    expect(Buffer.from(String(key['publicKey']), 'base64url')).toHaveLength(65);
    expect(key).toMatchObject({ keyId: host.services.vapid.keyId });
    expect(key['pem']).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
  });
});

describe('a push subscription', () => {
  it('is validated by the text of a push that was sent before the answer', async () => {
    const { client, account } = await host.account();
    const device = newDevice();
    const created = await client.expect(201, 'PUT', path, wish(device));
    expect(created).toMatchObject({
      id,
      client: 'test client',
      msgtype: 'chat',
      validated: false,
      state: 'pending',
    });
    expect(device.pushes).toHaveLength(1);
    const push = await device.next();
    expect(Object.keys(JSON.parse(push.payload.toString()))).toEqual(['validation']);
    expect(push.headers['webpush-validation']).toBe('');
    const { store, clock } = host.services;
    expect(await listActiveSubscriptions(store, account.id, clock.now())).toEqual([]);

    const { validation } = JSON.parse(push.payload.toString());
    expect(Buffer.from(validation, 'base64url')).toHaveLength(32);
    await client.expect(204, 'POST', `${path}/validate`, { validation });
    expect(await listActiveSubscriptions(store, account.id, clock.now())).toHaveLength(1);
    expect(await client.expect(200, 'GET', path)).toMatchObject({
      validated: true,
      state: 'active',
      failures: 0,
    });
    // The first answer may have been lost.
    await client.expect(204, 'POST', `${path}/validate`, { validation });
  });

  it('never shows its endpoint, its keys or the validation text, and stores of the text only a hash', async () => {
    const { client, account } = await host.account();
    const device = newDevice();
    const replies = [await client.request('PUT', path, wish(device))];
    const validation = await validationOf(device);
    replies.push(await client.request('GET', '/v1/push/subscriptions'), await client.request('GET', path));
    const told = JSON.stringify(replies.map((reply) => reply.body));
    for (const secret of [device.endpoint, device.p256dh, device.auth, validation])
      expect(told).not.toContain(secret);
    const stored = await getSubscription(host.services.store, account.id, id, host.services.clock.now());
    expect(stored?.validationHash).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(JSON.stringify(stored)).not.toContain(validation);
  });

  it('is renewed without another push when endpoint and keys are the same, and lives on from then', async () => {
    const { client } = await host.account();
    const device = newDevice();
    await subscribed(client, device);
    const before = await client.expect(200, 'GET', path);
    host.pass(60_000);
    const padded = `${device.auth.replaceAll('-', '+').replaceAll('_', '/')}==`;
    const renewed = await client.expect(
      200,
      'PUT',
      path,
      wish({ ...device, auth: padded }, { msgtype: 'any', content: 'none', reactions: true, edits: true }),
    );
    expect(renewed).toMatchObject({
      validated: true,
      state: 'active',
      msgtype: 'all',
      content: 'none',
      reactions: true,
    });
    expect(renewed['created']).toBe(before['created']);
    expect(
      Date.parse(String(renewed['expiresAt'])) - Date.parse(String(before['expiresAt'])),
    ).toBeGreaterThanOrEqual(59_000);
    expect(device.pushes).toHaveLength(1);
  });

  it('costs nothing to renew at each start of a client: its later end is noted once a day', async () => {
    const { client, account } = await host.account();
    const device = newDevice();
    await subscribed(client, device);
    await client.expect(200, 'PUT', path, wish(device));
    const { store, clock } = host.services;
    const stored = () => getSubscription(store, account.id, id, clock.now());
    const before = await stored();
    host.parts.take();
    for (let start = 0; start < 10; start++) await client.expect(200, 'PUT', path, wish(device));
    expect(host.parts.take().write).toBe(0);
    expect(await stored()).toEqual(before);
    // Ends are stored in whole seconds, rounded up.
    host.pass(limits.subscriptionRenewedMs + 1_000);
    await client.expect(200, 'PUT', path, wish(device));
    const after = await stored();
    expect(after?.version).toBe((before?.version ?? 0) + 1);
    expect((after?.expiresAt ?? 0) - (before?.expiresAt ?? 0)).toBeGreaterThanOrEqual(
      limits.subscriptionRenewedMs,
    );
    expect(device.pushes).toHaveLength(1);
  });

  it('is made or changed sixty times an hour at most, and renewed as often as a client likes', async () => {
    const { client } = await host.account();
    const device = newDevice();
    await subscribed(client, device);
    const change = (count: number) => wish(device, { device: `phone ${count}` });
    let last = 0;
    while ((await client.request('PUT', path, change(last + 1))).status === 200) last += 1;
    expect(last).toBe(59);
    await client.expect(429, 'PUT', path, wish(newDevice()));
    await client.expect(200, 'PUT', path, change(last));
    expect(device.pushes).toHaveLength(1);
  });

  it('ends when its device has not renewed it for 30 days', async () => {
    const { client } = await host.account();
    await subscribed(client, newDevice());
    host.pass(limits.subscriptionKeptMs - 60_000);
    await client.expect(200, 'GET', path);
    host.pass(120_000);
    expect((await client.request('GET', path)).status).toBe(404);
    expect(await client.expect(200, 'GET', '/v1/push/subscriptions')).toEqual({
      items: [],
      nextCursor: null,
    });
  });

  it('stays in use with its old endpoint until the new one is validated', async () => {
    const { client, account } = await host.account();
    const [old, renewed] = [newDevice(), newDevice()];
    await subscribed(client, old);
    const changed = await client.expect(201, 'PUT', path, wish(renewed));
    expect(changed).toMatchObject({ validated: false, state: 'active' });
    const active = () => listActiveSubscriptions(host.services.store, account.id, host.services.clock.now());
    expect((await active()).map(({ endpoint }) => endpoint)).toEqual([old.endpoint]);
    await client.expect(204, 'POST', `${path}/validate`, { validation: await validationOf(renewed) });
    expect((await active()).map(({ endpoint }) => endpoint)).toEqual([renewed.endpoint]);
    expect(await client.expect(200, 'GET', path)).toMatchObject({ validated: true });
  });

  it('is pending anew when it was suspended, even with the same endpoint', async () => {
    const { client, account } = await host.account();
    const device = newDevice();
    await subscribed(client, device);
    const { store, clock } = host.services;
    const stored = await getSubscription(store, account.id, id, clock.now());
    if (stored === undefined) throw new Error('not stored');
    await putSubscription(store, { ...stored, state: 'needs-resubscribe', failures: 10 }, clock.now());
    expect(await client.expect(201, 'PUT', path, wish(device))).toMatchObject({ state: 'pending' });
    await client.expect(204, 'POST', `${path}/validate`, { validation: await validationOf(device) });
    expect(await client.expect(200, 'GET', path)).toMatchObject({ state: 'active', failures: 0 });
  });

  it('is ended any number of times', async () => {
    const { client } = await host.account();
    await subscribed(client, newDevice());
    for (let i = 0; i < 2; i++) await client.expect(204, 'DELETE', path);
    expect((await client.request('GET', path)).status).toBe(404);
  });
});

describe('the validation text', () => {
  it('is refused when it is wrong, and void after five wrong ones', async () => {
    const { client } = await host.account();
    const device = newDevice();
    await client.expect(201, 'PUT', path, wish(device));
    const validation = await validationOf(device);
    for (let i = 0; i < limits.validationAttempts; i++) {
      const reply = await client.request('POST', `${path}/validate`, { validation: 'x'.repeat(43) });
      expect(reply.body).toMatchObject({ status: 422, code: 'validation-expired' });
    }
    await client.expect(422, 'POST', `${path}/validate`, { validation });
    // A new one starts anew.
    await client.expect(201, 'PUT', path, wish(device));
    await client.expect(204, 'POST', `${path}/validate`, { validation: await validationOf(device) });
  });

  it('is too old after five minutes', async () => {
    const { client } = await host.account();
    const device = newDevice();
    await client.expect(201, 'PUT', path, wish(device));
    // Times to live are stored in whole seconds, rounded up.
    host.pass(limits.validationMs + 1_000);
    await client.expect(422, 'POST', `${path}/validate`, { validation: await validationOf(device) });
    expect((await client.request('GET', path)).status).toBe(404);
  });

  it('is good for the last push only', async () => {
    const { client } = await host.account();
    const device = newDevice();
    await client.expect(201, 'PUT', path, wish(device));
    const first = await validationOf(device);
    await client.expect(201, 'PUT', path, wish(device));
    await client.expect(422, 'POST', `${path}/validate`, { validation: first });
    await client.expect(204, 'POST', `${path}/validate`, { validation: await validationOf(device) });
  });

  it('is good for one account only', async () => {
    const [alice, mallory] = [await host.account(), await host.account()];
    const device = newDevice();
    await alice.client.expect(201, 'PUT', path, wish(device));
    const validation = await validationOf(device);
    await mallory.client.expect(422, 'POST', `${path}/validate`, { validation });
    await alice.client.expect(204, 'POST', `${path}/validate`, { validation });
  });
});

describe('an endpoint that cannot be pushed to', () => {
  it.each([
    ['is gone', [{ status: 410 }]],
    ['refuses', [{ status: 403 }]],
    ['is busy', [{ status: 503 }]],
    // Twice: on a connection that was kept open, the first may have been closed out of idleness.
    ['breaks off', ['reset', 'reset']],
  ] as const)('is refused, and nothing is kept of it, when it %s', async (_, answers) => {
    const { client } = await host.account();
    const device = newDevice();
    device.answer(...answers);
    const reply = await client.request('PUT', path, wish(device));
    expect(reply.body).toMatchObject({ status: 422, code: 'push-unreachable' });
    expect(JSON.stringify(reply.body)).not.toContain(device.endpoint);
    expect((await client.request('GET', path)).status).toBe(404);
  });

  it('is given five seconds', async () => {
    const { client } = await host.account();
    const device = newDevice();
    device.answer('silence');
    const before = pushService.requests.length;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    let isOver = false;
    const refused = client.expect(422, 'PUT', path, wish(device)).finally(() => {
      isOver = true;
    });
    await eventually('its request', () => pushService.requests.length > before || undefined);
    vi.advanceTimersByTime(4_999);
    await client.expect(200, 'GET', '/v1/account');
    expect(isOver).toBe(false);
    vi.advanceTimersByTime(1);
    await refused;
  });

  it('leaves the endpoint that is in use alone', async () => {
    const { client, account } = await host.account();
    const [old, broken] = [newDevice(), newDevice()];
    await subscribed(client, old);
    broken.answer({ status: 410 });
    await client.expect(422, 'PUT', path, wish(broken, { msgtype: 'all' }));
    const stored = await getSubscription(host.services.store, account.id, id, host.services.clock.now());
    expect(stored).toMatchObject({
      endpoint: old.endpoint,
      state: 'active',
      msgtype: 'chat',
      replacement: undefined,
    });
  });
});

describe('what a subscription may be', () => {
  it.each([
    ['resource.endpoint', { resource: { endpoint: 'http://push.example.org/x', keys: {} } }],
    ['resource.endpoint', { endpoint: 'https://user@push.example.org/x' }],
    ['resource.endpoint', { endpoint: `https://push.example.org/${'x'.repeat(2048)}` }],
    ['resource.endpoint', { endpoint: 'not a url' }],
    ['resource.keys.p256dh', { p256dh: 'AAAA' }],
    ['resource.keys.p256dh', { p256dh: `B${'A'.repeat(86)}` }],
    ['resource.keys.auth', { auth: 'AAAA' }],
    ['resource.keys.extra', { extra: 'x' }],
    ['client', { top: { client: '' } }],
    ['client', { top: { client: 'ü'.repeat(65) } }],
    ['device', { top: { device: 'a\nb' } }],
    ['msgtype', { top: { msgtype: 'sms' } }],
    ['content', { top: { content: 'some' } }],
    ['excludeFrom[0]', { top: { excludeFrom: ['nobody'] } }],
  ])('says that %s is wrong', async (field, change: Record<string, unknown>) => {
    const { client } = await host.account();
    const { endpoint, p256dh, auth } = newDevice();
    const { top, endpoint: otherEndpoint, ...keys } = change;
    const body = {
      ...wish({ endpoint, p256dh, auth }),
      resource: { endpoint: otherEndpoint ?? endpoint, keys: { p256dh, auth, ...keys } },
      ...(isRecord(top) ? top : {}),
      ...(isRecord(change['resource'])
        ? { resource: { ...change['resource'], keys: { p256dh, auth } } }
        : {}),
    };
    const reply = await client.request('PUT', path, body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'invalid-request', errors: [{ field }] });
  });

  it('is limited to ten for an account, and replacing one does not count', async () => {
    const { client } = await host.account();
    const device = newDevice();
    for (let i = 0; i < limits.subscriptionsPerAccount; i++) {
      await client.expect(201, 'PUT', `/v1/push/subscriptions/subscription-${i}`, wish(device));
    }
    const reply = await client.request('PUT', '/v1/push/subscriptions/one-too-many', wish(device));
    expect(reply.body).toMatchObject({ status: 409, code: 'limit-reached' });
    await client.expect(201, 'PUT', '/v1/push/subscriptions/subscription-3', wish(newDevice()));
    // Those that were never validated give their places free.
    host.pass(limits.validationMs + 1_000);
    await client.expect(201, 'PUT', '/v1/push/subscriptions/one-too-many', wish(device));
  });

  it.each(['id-9-char', 'x'.repeat(37), 'with.a.dot.in', 'umlaut-%C3%BC-id'])(
    'refuses the id %s',
    async (wrong) => {
      const { client } = await host.account();
      const reply = await client.request('PUT', `/v1/push/subscriptions/${wrong}`, wish(newDevice()));
      expect(reply.body).toMatchObject({ status: 400, errors: [{ field: 'id' }] });
    },
  );
});

describe('signing a device out', () => {
  it('ends its own subscriptions and leaves those of other devices', async () => {
    const first = await host.account();
    const second = await host.device(first.account);
    await subscribed(first.client, newDevice(), '/v1/push/subscriptions/first-device');
    await subscribed(second.client, newDevice(), '/v1/push/subscriptions/second-device');
    await first.client.expect(204, 'DELETE', '/v1/sessions/current');
    expect((await first.client.request('GET', '/v1/account')).status).toBe(401);
    const { items } = await second.client.expect(200, 'GET', '/v1/push/subscriptions');
    expect(items).toMatchObject([{ id: 'second-device' }]);
  });
});

describe('a test push', () => {
  it('goes to every validated device, and says what each push service answered', async () => {
    const { client, account } = await host.account();
    const [first, second, pending] = [newDevice(), newDevice(), newDevice()];
    await subscribed(client, first);
    await subscribed(client, second, '/v1/push/subscriptions/subscription-2');
    await client.expect(201, 'PUT', '/v1/push/subscriptions/subscription-3', wish(pending));
    await pending.next();
    second.answer({ status: 410 });
    const reply = await client.expect(200, 'POST', '/v1/push/test');
    expect(reply['items']).toEqual([
      { id, device: 'test phone', outcome: 'delivered', status: 201 },
      { id: 'subscription-2', device: 'test phone', outcome: 'gone', status: 410 },
    ]);
    const push = await first.next();
    expect(JSON.parse(push.payload.toString())).toMatchObject({
      'x-coi-push': { account: account.id, kind: 'test' },
    });
    expect(push.headers).toMatchObject({ urgency: 'high', ttl: '60' });
    expect(pending.pushes).toHaveLength(1);
    // What is gone is gone.
    expect(await client.expect(200, 'POST', '/v1/push/test')).toMatchObject({ items: [{ id }] });
  });

  it('is made to nobody where nothing is subscribed, and not without end', async () => {
    const { client } = await host.account();
    for (let count = 0; count < 10; count++)
      expect(await client.expect(200, 'POST', '/v1/push/test')).toEqual({ items: [], nextCursor: null });
    expect((await client.request('POST', '/v1/push/test')).status).toBe(429);
  });
});
