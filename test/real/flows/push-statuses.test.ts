import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTo } from '../../../shared/flows/push/push-to.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import type { Account, Subscription } from '../../../shared/store/items.ts';
import { getSubscription, listSubscriptions } from '../../../shared/store/subscription.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type Answer, type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { activeSubscription } from '../../support/watched-account.ts';

const mismatch: Answer = { status: 400, body: '{"reason":"VapidPkHashMismatch"}' };
const date = 'Sun, 01 Mar 2026 12:02:00 GMT';
/** What a subscription is after as many refusals in a row as end it, had it worked before or never. */
const refusals: readonly (readonly [string, Answer])[] = [
  ['301', { status: 301, headers: { location: 'https://localhost/elsewhere' } }],
  ['307', { status: 307, headers: { location: 'https://localhost/elsewhere' } }],
  ['400', { status: 400 }],
  ["400 with Apple's key mismatch", mismatch],
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['400 with an endless body', { status: 400, stream: 'endless' }],
  ['406 of another than Microsoft', { status: 406 }],
];
const passing: readonly (readonly [string, Answer])[] = [
  ['429 with seconds', { status: 429, headers: { 'retry-after': '120' } }],
  ['429 with a date', { status: 429, headers: { 'retry-after': date } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['507', { status: 507 }],
  ['500 with an endless body', { status: 500, stream: 'endless' }],
  ['a reset', 'reset'],
  ['413', { status: 413 }],
  ['400 about the size', { status: 400, body: '{"reason":"PayloadTooLarge"}' }],
];
const good: readonly (readonly [string, Answer])[] = [
  ['200', { status: 200 }],
  ['201', { status: 201 }],
  ['201 with an endless body', { status: 201, stream: 'endless' }],
  ['201 with a slow body', { status: 201, stream: 'slow' }],
];

describe('a subscription, whatever its push service answers,', () => {
  let host: ApiHost;
  let push: PushService;
  /** Whose certificate nobody here trusts. */
  let stranger: PushService;
  let account: Account;

  beforeAll(async () => {
    push = await startPushService();
    stranger = await startPushService();
    const guard = createAddressGuard({
      allowPrivateHosts: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    host = await startApiHost({ ca: [push.ca], guard });
    ({ account } = await host.account());
  });

  afterAll(async () => {
    await host.stop();
    await Promise.all([push.close(), stranger.close()]);
  });

  async function subscribed(changes: Partial<Subscription> = {}) {
    const device = push.newDevice();
    const { id } = await activeSubscription(host, account, device, changes);
    const now = () => getSubscription(host.services.store, account.id, id, host.services.clock.now());
    return { device, now };
  }

  /** Pushes as often, each time to what is stored then. */
  async function pushed(
    { device, now }: { device: Device; now: () => Promise<Subscription | undefined> },
    answer: Answer,
    times: number,
  ) {
    const alert = { ttlSeconds: 60, urgency: 'normal' } as const;
    for (let time = 0; time < times; time++) {
      const subscription = await now();
      if (subscription?.state !== 'active') break;
      // A kept connection may have ended before the request came: that is tried once more on a new one.
      device.answer(...(answer === 'reset' ? [answer, answer] : [answer]));
      await pushTo(host.services, { accountId: account.id, status: 'ok', alert }, subscription);
    }
    return now();
  }

  it.each(good)('lives after %s', async (_, answer) => {
    expect(await pushed(await subscribed({ failures: 9 }), answer, 1)).toMatchObject({
      ...{ state: 'active', failures: 0, vapidMismatch: false },
    });
  });

  it.each(passing)('lives after %s, however often, had it ever worked or not', async (_, answer) => {
    for (const lastSuccessAt of [undefined, host.services.clock.now()]) {
      const after = await pushed(await subscribed({ lastSuccessAt }), answer, 12);
      expect(after).toMatchObject({ state: 'active', failures: 0, version: 1 });
    }
  });

  it.each([404, 410])('goes after one %i', async (status) => {
    expect(await pushed(await subscribed(), { status }, 1)).toBeUndefined();
  });

  it.each(refusals)(
    'is suspended by ten %s in a row, not by nine, where it had worked',
    async (_, answer) => {
      const subscription = await subscribed();
      expect(await pushed(subscription, answer, 9)).toMatchObject({ state: 'active', failures: 9 });
      expect(await pushed(subscription, answer, 20)).toMatchObject({
        ...{ state: 'needs-resubscribe', failures: 10, vapidMismatch: answer === mismatch },
      });
      expect(subscription.device.pushes).toEqual([]);
    },
  );

  it.each(refusals)('goes after five %s in a row, not after four, where it never had', async (_, answer) => {
    const subscription = await subscribed({ lastSuccessAt: undefined });
    expect(await pushed(subscription, answer, 4)).toMatchObject({ state: 'active', failures: 4 });
    expect(await pushed(subscription, answer, 1)).toBeUndefined();
  });

  it('is well after refusals that ended, a failure that passed, and a push that arrived', async () => {
    const subscription = await subscribed();
    await pushed(subscription, mismatch, 9);
    await pushed(subscription, { status: 500 }, 1);
    expect(await subscription.now()).toMatchObject({ failures: 9, vapidMismatch: true });
    await pushed(subscription, { status: 201 }, 1);
    expect(await subscription.now()).toMatchObject({ state: 'active', failures: 0, vapidMismatch: false });
  });

  it("lives after 406 of Microsoft's, however often, had it ever worked or not", async () => {
    for (const lastSuccessAt of [undefined, host.services.clock.now()]) {
      const device = push.newDevice();
      const endpoint = device.endpoint.replace(push.origin, push.microsoftOrigin);
      const { id } = await activeSubscription(host, account, { ...device, endpoint }, { lastSuccessAt });
      const now = () => getSubscription(host.services.store, account.id, id, host.services.clock.now());
      const before = push.requests.length;
      expect(await pushed({ device, now }, { status: 406 }, 12)).toMatchObject({
        state: 'active',
        failures: 0,
      });
      expect(push.requests.length - before).toBe(12);
      await pushed({ device, now }, { status: 201 }, 1);
      expect(device.pushes).toHaveLength(1);
    }
  });

  it('lives where its push service cannot be verified, however often, and gets nothing there', async () => {
    for (const lastSuccessAt of [undefined, host.services.clock.now()]) {
      const device = stranger.newDevice();
      const { id } = await activeSubscription(host, account, device, { lastSuccessAt });
      const now = () => getSubscription(host.services.store, account.id, id, host.services.clock.now());
      expect(await pushed({ device, now }, { status: 201 }, 12)).toMatchObject({
        state: 'active',
        failures: 0,
      });
    }
    expect(stranger.requests).toEqual([]);
  });

  it('lives after silence, and a refusal that never ends counts as one', async () => {
    const [silent, slow] = await Promise.all([subscribed(), subscribed()]);
    const [afterSilence, afterSlow] = await Promise.all([
      pushed(silent, 'silence', 1),
      pushed(slow, { status: 403, stream: 'slow' }, 1),
    ]);
    expect(afterSilence).toMatchObject({ state: 'active', failures: 0 });
    expect(afterSlow).toMatchObject({ state: 'active', failures: 1 });
  });

  it('gets after a 500 what was put off by it', async () => {
    const subscription = await subscribed({ lastSuccessAt: undefined });
    await pushed(subscription, { status: 500 }, 1);
    expect(await pushed(subscription, { status: 201 }, 1)).toMatchObject({ state: 'active', failures: 0 });
    expect(subscription.device.pushes).toHaveLength(1);
  });

  it('is one of 0 that are lost and should live, and of 0 that are kept and should go', async () => {
    const gone: readonly (readonly [string, Answer])[] = [
      ['404', { status: 404 }],
      ['410', { status: 410 }],
    ];
    const fates = [
      ...good.map(([, answer]) => ({ answer, worked: 'lives', never: 'lives' }) as const),
      ...passing.map(([, answer]) => ({ answer, worked: 'lives', never: 'lives' }) as const),
      ...refusals.map(([, answer]) => ({ answer, worked: 'is told', never: 'goes' }) as const),
      ...gone.map(([, answer]) => ({ answer, worked: 'goes', never: 'goes' }) as const),
    ];
    const both = fates.flatMap(({ answer, worked, never }) => [
      { answer, lastSuccessAt: host.services.clock.now(), fate: worked },
      { answer, lastSuccessAt: undefined, fate: never },
    ]);
    const became = await Promise.all(
      both.map(async ({ answer, lastSuccessAt, fate }) => {
        const after = await pushed(await subscribed({ lastSuccessAt }), answer, 12);
        if (after === undefined) return { fate, is: 'goes' };
        return { fate, is: after.state === 'needs-resubscribe' ? 'is told' : 'lives' };
      }),
    );
    const all = became.length;
    const lost = became.filter(({ fate, is }) => fate === 'lives' && is !== fate).length;
    const kept = became.filter(({ fate, is }) => fate !== 'lives' && is !== fate).length;
    expect({ all, lost, kept }).toEqual({ all: 2 * fates.length, lost: 0, kept: 0 });
  });

  it('is not ended by what was answered to the one that it replaced meanwhile', async () => {
    const { device, now } = await subscribed();
    const old = await now();
    if (old === undefined) throw new Error('no subscription');
    await pushed({ device, now }, { status: 400 }, 1);
    push.forget(device);
    const alert = { ttlSeconds: 60, urgency: 'normal' } as const;
    await pushTo(host.services, { accountId: account.id, status: 'ok', alert }, old);
    const { store, clock } = host.services;
    expect(await listSubscriptions(store, account.id, clock.now())).toContainEqual(await now());
    expect(await now()).toBeDefined();
  });
});
