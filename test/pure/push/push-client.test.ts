import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../shared/core/clock.ts';
import { limits } from '../../../shared/core/limits.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { createPushClient, type PushClient, type PushOptions } from '../../../shared/push/push-client.ts';
import { createVapidKeys, rotateVapidKeys } from '../../../shared/push/vapid.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/listen.ts';
import { type Answer, type Device, type PushService, startPushService } from '../../support/push-service.ts';

const vapid = createVapidKeys();
const subject = 'mailto:operator@example.org';
const payload = Buffer.from('{"from-email":"alice@example.org"}');
const options: PushOptions = { ttlSeconds: 86_400, urgency: 'high' };

describe('the push client', () => {
  let service: PushService;
  let client: PushClient;
  let device: Device;

  const clientWith = (over: { allowPrivateHosts?: string[]; ca?: string[] } = {}) =>
    createPushClient({
      guard: createAddressGuard({ allowPrivateHosts: over.allowPrivateHosts ?? ['127.0.0.0/8'] }),
      trust: trustStore(over.ca ?? [service.ca]),
      vapid,
      subject,
      clock: systemClock,
    });

  beforeAll(async () => {
    service = await startPushService();
  });
  afterAll(() => service.close());
  beforeEach(() => {
    client = clientWith();
    device = service.newDevice(vapid.publicKey);
  });
  afterEach(() => {
    vi.useRealTimers();
    client.close();
  });

  it('delivers a payload that only the device can read, under a VAPID header that the push service accepts', async () => {
    expect(await client.send(device, payload, { ...options, topic: 'conversation-1_' })).toEqual({
      kind: 'delivered',
      status: 201,
    });
    const push = await device.next();
    expect(push.payload.toString()).toBe(payload.toString());
    expect(push.headers).toMatchObject({
      ttl: '86400',
      urgency: 'high',
      topic: 'conversation-1_',
      'content-encoding': 'aes128gcm',
    });
    expect(push.headers).not.toHaveProperty('webpush-validation');
  });

  it('marks a validation push with an empty header', async () => {
    await client.send(device, payload, { ...options, validation: true });
    expect((await device.next()).headers['webpush-validation']).toBe('');
  });

  it('never sends a TTL of 0', async () => {
    await client.send(device, payload, { ...options, ttlSeconds: 0.4 });
    expect((await device.next()).headers).toMatchObject({ ttl: '1' });
  });

  it('fills the 4096 bytes of a push and refuses more without asking', async () => {
    const full = Buffer.alloc(limits.pushPayloadBytes, ' ');
    expect(await client.send(device, full, options)).toMatchObject({ kind: 'delivered' });
    expect((await device.next()).encryptedBytes).toBe(4096);
    const before = service.requests.length;
    const over = await client.send(device, Buffer.alloc(limits.pushPayloadBytes + 1, ' '), options);
    expect(over).toEqual({ kind: 'too-large' });
    expect(service.requests.length).toBe(before);
  });

  it('uses a fresh key and salt for every push', async () => {
    await client.send(device, payload, options);
    await client.send(device, payload, options);
    const [first, second] = device.pushes;
    expect(first?.payload).toEqual(second?.payload);
    expect(first?.encryptedBytes).toBe(second?.encryptedBytes);
    expect(service.requests.at(-1)?.headers.authorization).toBe(
      service.requests.at(-2)?.headers.authorization,
    );
  });

  it('keeps its connection warm', async () => {
    const before = service.connections();
    for (let i = 0; i < 20; i++) await client.send(device, payload, options);
    expect(device.pushes).toHaveLength(20);
    expect(service.connections() - before).toBe(1);
  });

  it('opens no more connections to one push service than its limit', async () => {
    const before = service.connections();
    const sent = await Promise.all(Array.from({ length: 100 }, () => client.send(device, payload, options)));
    expect(sent.every(({ kind }) => kind === 'delivered')).toBe(true);
    expect(service.connections() - before).toBeLessThanOrEqual(limits.pushSocketsPerHost);
  });

  const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
  it.each<[string, Answer, object]>([
    ['200', { status: 200 }, { kind: 'delivered', status: 200 }],
    ['404', { status: 404, body: '{"errno":102}' }, { kind: 'gone', status: 404 }],
    ['410', { status: 410 }, { kind: 'gone', status: 410 }],
    ['413', { status: 413 }, { kind: 'too-large', status: 413 }],
    ['406', { status: 406 }, { kind: 'refused', status: 406, reason: 'other' }],
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '120' } },
      { kind: 'later', status: 429, retryAfterSeconds: 120 },
    ],
    [
      '429 with a date',
      { status: 429, headers: { 'retry-after': inTwoMinutes } },
      { kind: 'later', status: 429, retryAfterSeconds: expect.closeTo(110, -2) },
    ],
    ['500', { status: 500 }, { kind: 'later', status: 500 }],
    ['507', { status: 507 }, { kind: 'later', status: 507 }],
    ['a reset', 'reset', { kind: 'later' }],
    [
      "Apple's key mismatch",
      { status: 400, body: '{"reason":"VapidPkHashMismatch"}' },
      { kind: 'refused', status: 400, reason: 'vapid-mismatch' },
    ],
    ['201 with an endless body', { status: 201, stream: 'endless' }, { kind: 'delivered', status: 201 }],
    [
      '400 with an endless body',
      { status: 400, stream: 'endless' },
      { kind: 'refused', status: 400, reason: 'other' },
    ],
    ['201 with a slow body', { status: 201, stream: 'slow' }, { kind: 'delivered', status: 201 }],
  ])('understands %s without waiting for the deadline', async (_, answer, outcome) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    device.answer(answer);
    expect(await client.send(device, payload, options)).toEqual(outcome);
  });

  it('is told of a key mismatch by a device that subscribed with another key', async () => {
    const foreign = service.newDevice(createVapidKeys().publicKey);
    expect(await client.send(foreign, payload, options)).toEqual({
      kind: 'refused',
      status: 403,
      reason: 'vapid-mismatch',
    });
  });

  it('succeeds after a failure that passed', async () => {
    device.answer({ status: 500 }, { status: 201 });
    expect(await client.send(device, payload, options)).toMatchObject({ kind: 'later' });
    expect(await client.send(device, payload, options)).toMatchObject({ kind: 'delivered' });
  });

  it.each<[string, Answer, object]>([
    ['silence', 'silence', { kind: 'later' }],
    [
      'a refusal whose body never ends',
      { status: 403, stream: 'slow' },
      { kind: 'refused', status: 403, reason: 'unauthorised' },
    ],
  ])('gives up on %s at the deadline, and not before', async (_, answer, outcome) => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    device.answer(answer);
    const before = service.requests.length;
    let isOver = false;
    const sent = client.send(device, payload, { ...options, deadlineMs: 400 }).finally(() => {
      isOver = true;
    });
    await eventually('its request', () => service.requests.length > before || undefined);
    vi.advanceTimersByTime(399);
    await client.send(device, payload, options);
    expect(isOver).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await sent).toEqual(outcome);
  });

  it('counts waiting for a free connection towards the deadline', async () => {
    device.answer(...Array.from({ length: limits.pushSocketsPerHost }, () => 'silence' as const));
    const stuck = Array.from({ length: limits.pushSocketsPerHost }, () =>
      client.send(device, payload, { ...options, deadlineMs: 1_000 }),
    );
    const waiting = client.send(device, payload, { ...options, deadlineMs: 200 });
    expect(await waiting).toEqual({ kind: 'later' });
    expect((await Promise.all(stuck)).every(({ kind }) => kind === 'later')).toBe(true);
  });

  it('sends again, once, when a warm connection turns out to be closed', async () => {
    await client.send(device, payload, options);
    device.answer('reset');
    expect(await client.send(device, payload, options)).toMatchObject({ kind: 'delivered' });
    device.answer('reset', 'reset');
    expect(await client.send(device, payload, options)).toEqual({ kind: 'later' });
    expect(device.pushes).toHaveLength(2);
  });

  it('follows no redirect', async () => {
    let visits = 0;
    const inside = createServer((_, response) => {
      visits++;
      response.end();
    });
    const port = await listen(inside);
    for (const status of [301, 302, 303, 307, 308]) {
      device.answer({ status, headers: { location: `http://127.0.0.1:${port}/` } });
      expect(await client.send(device, payload, options)).toEqual({
        kind: 'refused',
        status,
        reason: 'other',
      });
    }
    expect(visits).toBe(0);
    inside.close();
  });

  it.each([
    'https://localhost',
    'https://127.0.0.1',
    'https://[::ffff:127.0.0.1]',
    'https://[::1]',
    'https://2130706433',
  ])('connects to nothing inside: %s', async (origin) => {
    const guarded = clientWith({ allowPrivateHosts: [] });
    const connections = service.connections();
    const endpoint = `${origin}:${new URL(service.origin).port}/push/1`;
    expect(await guarded.send({ ...device, endpoint }, payload, options)).toEqual({
      kind: 'refused',
      reason: 'other',
    });
    expect(service.connections()).toBe(connections);
    guarded.close();
  });

  it('connects to nothing inside when a public name leads there', async () => {
    const guarded = createPushClient({
      guard: createAddressGuard({
        allowPrivateHosts: [],
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      }),
      trust: trustStore([service.ca]),
      vapid,
      subject,
      clock: systemClock,
    });
    const connections = service.connections();
    const endpoint = `https://rebind.example.org:${new URL(service.origin).port}/push/1`;
    expect(await guarded.send({ ...device, endpoint }, payload, options)).toEqual({
      kind: 'refused',
      reason: 'other',
    });
    expect(service.connections()).toBe(connections);
    guarded.close();
  });

  it('sends nothing to a server that it cannot verify', async () => {
    const stranger = clientWith({ ca: [] });
    const before = service.requests.length;
    expect(await stranger.send(device, payload, options)).toEqual({ kind: 'later' });
    expect(service.requests.length).toBe(before);
    stranger.close();
  });

  it.each([
    ['a point that is not on the curve', { p256dh: Buffer.alloc(65, 4).toString('base64url') }],
    ['a short secret', { auth: 'AAAA' }],
    ['an endpoint that is none', { endpoint: 'http://localhost/x' }],
  ])('refuses %s without throwing', async (_, wrong) => {
    expect(await client.send({ ...device, ...wrong }, payload, options)).toEqual({
      kind: 'refused',
      reason: 'other',
    });
  });

  it.each(['', 'a+b', 'a/b', 'a=', 'ä', 'a'.repeat(33), 'a\r\nX: y'])(
    'takes %j for a mistake, not a topic',
    async (topic) => {
      await expect(client.send(device, payload, { ...options, topic })).rejects.toThrow(RangeError);
    },
  );

  it('signs with the key that a subscription was made with, also after it was replaced', async () => {
    const rotated = createPushClient({
      guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8'] }),
      trust: trustStore([service.ca]),
      vapid: rotateVapidKeys(vapid, () => true),
      subject,
      clock: systemClock,
    });
    // The push service takes no other key for this device.
    const old = await rotated.send({ ...device, vapidKeyId: vapid.keyId }, payload, options);
    expect(old).toEqual({ kind: 'delivered', status: 201 });
    expect((await rotated.send(device, payload, options)).kind).toBe('refused');
    const before = service.requests.length;
    expect(await rotated.send({ ...device, vapidKeyId: 'lost' }, payload, options)).toEqual({
      kind: 'refused',
      reason: 'vapid-mismatch',
    });
    expect(service.requests).toHaveLength(before);
    rotated.close();
  });

  it('does not start with a subject or keys that push services refuse', () => {
    const guard = createAddressGuard({ allowPrivateHosts: [] });
    const common = { guard, trust: trustStore([]), vapid, subject, clock: systemClock };
    expect(() => createPushClient({ ...common, subject: 'mailto: me@example.org' })).toThrow('subject');
    const { privateKey } = createVapidKeys();
    expect(() => createPushClient({ ...common, vapid: { ...vapid, privateKey } })).toThrow('belong together');
  });
});
