import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Subscription } from '../../../shared/store/items.ts';
import {
  deleteSubscription,
  getSubscription,
  listActiveSubscriptions,
  listSubscriptions,
  putSubscription,
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
      everyMessage: false,
      edits: false,
      reactions: false,
      excludeFrom: [],
      validationHash: undefined,
      validationUntil: undefined,
      validationFailures: 0,
      replacement: undefined,
      lastSuccessAt: undefined,
      vapidMismatch: false,
      cap: undefined,
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
});
