import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import type { Subscription } from '../../../shared/store/items.ts';
import {
  deleteSubscription,
  getSubscription,
  listActiveSubscriptions,
  listSubscriptions,
  putSubscription,
  recordSuccess,
} from '../../../shared/store/subscription.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { exampleId, exampleSubscription, now } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

const read = ({ accountId, id }: Subscription, at = now) => getSubscription(parts.store, accountId, id, at);

describe('A subscription', () => {
  it('comes back as it was stored, with the next version', async () => {
    const full = exampleSubscription({ id: 'full-subscription' });
    const bare = exampleSubscription({
      id: 'bare-subscription',
      silentOk: false,
      excludeFrom: [],
      validationHash: undefined,
      validationUntil: undefined,
      validationFailures: 0,
      replacement: undefined,
      lastSuccessAt: undefined,
    });
    for (const subscription of [full, bare]) {
      expect(await putSubscription(parts.store, subscription, now)).toBe('written');
      expect(await read(subscription)).toEqual({ ...subscription, version: 1 });
    }
  });

  it('is written by one of two who read the same version', async () => {
    const subscription = exampleSubscription({ id: 'contended-1' });
    await putSubscription(parts.store, subscription, now);
    const results = await Promise.all([
      putSubscription(parts.store, { ...subscription, version: 1, device: 'a' }, now),
      putSubscription(parts.store, { ...subscription, version: 1, device: 'b' }, now),
    ]);
    expect([...results].sort()).toEqual(['stale', 'written']);
  });

  it('is not deleted by one who pushed to it before it was renewed', async () => {
    const subscription = exampleSubscription({ id: 'renewed-12' });
    await putSubscription(parts.store, subscription, now);
    await putSubscription(
      parts.store,
      { ...subscription, version: 1, endpoint: 'https://new.example.org/' },
      now,
    );
    expect(await deleteSubscription(parts.store, { ...subscription, version: 1 })).toBe('stale');
    expect(await deleteSubscription(parts.store, { ...subscription, version: 2 })).toBe('deleted');
    expect(await deleteSubscription(parts.store, { ...subscription, version: 2 })).toBe('deleted');
    expect(await read(subscription)).toBeUndefined();
  });

  it('counts as absent once it has expired, and can be made again at once', async () => {
    const subscription = exampleSubscription({ id: 'expired-12' });
    await putSubscription(parts.store, subscription, now);
    const { accountId, expiresAt } = subscription;
    expect(await read(subscription, expiresAt)).toBeUndefined();
    expect(await listSubscriptions(parts.store, accountId, expiresAt)).toEqual([]);
    expect(await putSubscription(parts.store, subscription, expiresAt - 1000)).toBe('stale');
    expect(
      await putSubscription(parts.store, { ...subscription, expiresAt: expiresAt + 1000 }, expiresAt),
    ).toBe('written');
  });

  it('gets pushes only while it is active', async () => {
    const accountId = exampleId(70);
    for (const state of ['pending', 'active', 'needs-resubscribe'] as const) {
      await putSubscription(parts.store, exampleSubscription({ accountId, id: `${state}-1`, state }), now);
    }
    expect(await listSubscriptions(parts.store, accountId, now)).toHaveLength(3);
    const active = await listActiveSubscriptions(parts.store, accountId, now);
    expect(active.map(({ id }) => id)).toEqual(['active-1']);
  });

  it('notes a success once a day, and at once after refusals', async () => {
    const { store } = parts;
    const subscription = { ...exampleSubscription({ id: 'success-12' }), version: 1 };
    await putSubscription(store, { ...subscription, version: 0 }, now);
    parts.take();
    await recordSuccess(store, subscription, now + limits.pushSuccessNotedMs - 1);
    expect(parts.take().write).toBe(0);
    await recordSuccess(store, subscription, now + limits.pushSuccessNotedMs);
    expect(await read(subscription)).toMatchObject({
      lastSuccessAt: now + limits.pushSuccessNotedMs,
      version: 1,
    });

    const failing = { ...subscription, failures: 3, version: 2 };
    await putSubscription(store, { ...failing, version: 1 }, now);
    await recordSuccess(store, failing, now + 1);
    expect(await read(subscription)).toMatchObject({ lastSuccessAt: now + 1, failures: 0 });
  });

  it('notes no success for one that was renewed or deleted meanwhile', async () => {
    const subscription = exampleSubscription({ id: 'vanished-1', lastSuccessAt: undefined, version: 1 });
    await recordSuccess(parts.store, subscription, now);
    expect(await read(subscription)).toBeUndefined();
  });
});
