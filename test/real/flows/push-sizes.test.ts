import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageNotice } from '../../../shared/flows/push/notice.ts';
import { pushTo } from '../../../shared/flows/push/push-to.ts';
import type { Account, Subscription } from '../../../shared/store/items.ts';
import { getSubscription } from '../../../shared/store/subscription.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type Answer, type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { exampleMessage } from '../../support/store-examples.ts';
import { activeSubscription } from '../../support/watched-account.ts';

const largestBytes = 3993;
const sizes = [512, 1024, 2048, largestBytes];
const inWords: Answer = { status: 400, body: '{"reason":"PayloadTooLarge"}' };
const ofMozilla: Answer = { status: 413, body: '{"code":413,"errno":104}' };

/** One service and its hosts anew for each test: what they took is remembered. */
describe('a push service that takes little', () => {
  let host: ApiHost;
  let push: PushService;
  let account: Account;

  beforeAll(async () => {
    push = await startPushService();
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  async function subscribed(device: Device, changes: Partial<Subscription> = {}) {
    const { id } = await activeSubscription(host, account, device, changes);
    const { store, clock } = host.services;
    return async () => {
      const stored = await getSubscription(store, account.id, id, clock.now());
      if (stored === undefined) throw new Error('the subscription is gone');
      return stored;
    };
  }

  async function freshProcess() {
    await host?.stop();
    host = await startApiHost({ ca: [push.ca] });
    ({ account } = await host.account());
  }

  function notice(bytes: number): MessageNotice {
    const now = host.services.clock.now();
    const message = exampleMessage({
      accountId: account.id,
      receivedAt: now,
      kind: 'text',
      encrypted: false,
    });
    const mail = {
      subject: 'About the size',
      contentType: 'text/plain; charset=utf-8',
      contentEncoding: undefined,
      body: Buffer.alloc(bytes, 'x'),
      preview: 'xxx',
    };
    return { message, conversation: undefined, mail, alert: { ttlSeconds: 60, urgency: 'high' } };
  }

  const told = async (device: Device): Promise<Record<string, unknown>> => {
    const told: unknown = JSON.parse((await device.next()).payload.toString());
    return isRecord(told) ? told : {};
  };

  it.each([
    ['413', ofMozilla],
    ['400 that speaks of the size', inWords],
  ])(
    'is pushed to again at once without content when it answers %s, and never asked for as much again',
    async (_, answer) => {
      await freshProcess();
      const [device, neighbour] = [push.newDevice(), push.newDevice()];
      for (const each of [device, neighbour]) each.takesAtMost(2800, answer);
      const stored = await subscribed(device, { lastSuccessAt: host.services.clock.now() });
      const before = push.requests.length;
      expect(await pushTo(host.services, notice(3000), await stored())).toEqual({
        kind: 'delivered',
        status: 201,
      });
      expect(push.requests.length - before).toBe(2);
      const first = await told(device);
      expect(first).toMatchObject({ subject: 'About the size', 'x-coi-push': { account: account.id } });
      expect(first).not.toHaveProperty('content');
      expect(await stored()).toMatchObject({ state: 'active', failures: 0, cap: { bytes: 2800 } });

      // Another device there, of which nothing is known yet.
      const { version } = await stored();
      await pushTo(host.services, notice(3000), await (await subscribed(neighbour))());
      await pushTo(host.services, notice(3000), await stored());
      await pushTo(host.services, notice(2000), await stored());
      expect(push.requests.length - before).toBe(5);
      expect(await told(neighbour)).not.toHaveProperty('content');
      expect(await told(device)).not.toHaveProperty('content');
      expect(await told(device)).toMatchObject({ content: 'x'.repeat(2000) });
      expect((await stored()).version).toBe(version);
    },
  );

  it('is known to another process by a subscription', async () => {
    await freshProcess();
    const device = push.newDevice();
    device.takesAtMost(2048);
    const cap = { bytes: 2048, until: host.services.clock.now() + 60_000 };
    const stored = await subscribed(device, { cap });
    const before = push.requests.length;
    await pushTo(host.services, notice(3000), await stored());
    expect(push.requests.length - before).toBe(1);
    expect((await device.next()).payload.length).toBeLessThanOrEqual(2048);
  });

  it('is found out in a few pushes whatever it takes, and no message stays untold', async () => {
    for (const takes of [2600, 2047, 1500, 1024, 600, 512]) {
      await freshProcess();
      const device = push.newDevice();
      device.takesAtMost(takes);
      const stored = await subscribed(device);
      const before = push.requests.length;
      const messages = 8;
      for (let count = 0; count < messages; count++)
        expect(await pushTo(host.services, notice(3900 - count * 450), await stored())).toMatchObject({
          kind: 'delivered',
        });
      expect(device.pushes).toHaveLength(messages);
      expect(push.requests.length - before).toBeLessThanOrEqual(messages + 4);
      for (const { payload } of device.pushes) expect(payload.length).toBeLessThanOrEqual(takes);
    }
  });

  it('ends no subscription when it takes nothing at all', async () => {
    await freshProcess();
    const device = push.newDevice();
    device.takesAtMost(100);
    const stored = await subscribed(device);
    for (let count = 0; count < 12; count++) await pushTo(host.services, notice(100), await stored());
    expect(await stored()).toMatchObject({ state: 'active', failures: 0, cap: { bytes: 512 } });
    expect(device.pushes).toEqual([]);
  });

  it('as large as others: its pushes have one of four sizes, whatever is in them', async () => {
    await freshProcess();
    const device = push.newDevice();
    for (const content of ['full', 'preview', 'none'] as const) {
      const stored = await subscribed(device, { content });
      for (let bytes = 0; bytes < 4_200; bytes += 300)
        await pushTo(host.services, notice(bytes), await stored());
    }
    const seen = new Set(device.pushes.map(({ payload }) => payload.length));
    expect([...seen].sort((x, y) => x - y)).toEqual(sizes);
  });
});
