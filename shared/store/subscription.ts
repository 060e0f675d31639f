import type { Store, Values } from './client.ts';
import type { SubscribedTarget, Subscription } from './items.ts';
import { accountPk, accountPrefixes, subscriptionIdOf, subscriptionKey } from './keys.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

export async function getSubscription(
  store: Store,
  accountId: string,
  id: string,
  now: number,
): Promise<Subscription | undefined> {
  const item = await store.get(subscriptionKey(accountId, id));
  return item && !isExpired(item, now) ? subscriptionOf(accountId, item) : undefined;
}

export async function listSubscriptions(
  store: Store,
  accountId: string,
  now: number,
): Promise<Subscription[]> {
  const items = await store.query({
    pk: accountPk(accountId),
    range: { text: 'begins_with(sk, :kind)', values: { ':kind': accountPrefixes.subscription } },
    consistent: true,
  });
  return items.filter((item) => !isExpired(item, now)).map((item) => subscriptionOf(accountId, item));
}

/** Those that pushes go to. */
export async function listActiveSubscriptions(
  store: Store,
  accountId: string,
  now: number,
): Promise<Subscription[]> {
  const all = await listSubscriptions(store, accountId, now);
  return all.filter((subscription) => subscription.state === 'active');
}

/**
 * Writes a subscription over the one that was read: `version` is the version that was read, 0 for a new one; the stored
 * one has the next. `stale` when somebody else wrote in between, and then nothing is written.
 */
export async function putSubscription(
  store: Store,
  subscription: Subscription,
  now: number,
): Promise<'written' | 'stale'> {
  const written = await store.put(
    subscriptionKey(subscription.accountId, subscription.id),
    itemOf(subscription),
    subscription.version === 0
      ? { text: 'attribute_not_exists(pk) OR expiresAt <= :now', values: { ':now': Math.floor(now / 1000) } }
      : { text: 'w = :read', values: { ':read': subscription.version } },
  );
  return written ? 'written' : 'stale';
}

/** Deletes a subscription unless it was changed since it was read; one that is gone already counts as deleted. */
export async function deleteSubscription(
  store: Store,
  subscription: Pick<Subscription, 'accountId' | 'id' | 'version'>,
): Promise<'deleted' | 'stale'> {
  const deleted = await store.delete(subscriptionKey(subscription.accountId, subscription.id), {
    text: 'attribute_not_exists(pk) OR w = :read',
    values: { ':read': subscription.version },
  });
  return deleted ? 'deleted' : 'stale';
}

function itemOf(subscription: Subscription): Values {
  return {
    si: subscription.sessionId,
    c: subscription.client,
    d: subscription.device,
    m: subscription.msgtype,
    ...targetValues(subscription),
    ct: subscription.content,
    so: subscription.silentOk || undefined,
    em: subscription.everyMessage || undefined,
    ed: subscription.edits || undefined,
    re: subscription.reactions || undefined,
    x: subscription.excludeFrom,
    st: subscription.state,
    vh: subscription.validationHash,
    vu: subscription.validationUntil,
    vf: subscription.validationFailures || undefined,
    r: subscription.replacement && targetValues(subscription.replacement),
    ca: subscription.createdAt,
    ls: subscription.lastSuccessAt,
    n: subscription.failures,
    vm: subscription.vapidMismatch || undefined,
    z: subscription.cap && { b: subscription.cap.bytes, u: subscription.cap.until },
    w: subscription.version + 1,
    expiresAt: toSeconds(subscription.expiresAt),
  };
}

export function subscriptionOf(accountId: string, item: Item): Subscription {
  const stored = new StoredItem('subscription', item);
  const replacement = stored.optionalMap('r');
  const cap = stored.optionalMap('z');
  return {
    accountId,
    id: subscriptionIdOf(stored.text('sk')),
    sessionId: stored.text('si'),
    client: stored.text('c'),
    device: stored.text('d'),
    msgtype: stored.oneOf('m', ['chat', 'mail', 'all']),
    ...targetOf(stored),
    content: stored.oneOf('ct', ['full', 'preview', 'none']),
    silentOk: stored.flag('so'),
    everyMessage: stored.flag('em'),
    edits: stored.flag('ed'),
    reactions: stored.flag('re'),
    excludeFrom: stored.texts('x'),
    state: stored.oneOf('st', ['pending', 'active', 'needs-resubscribe', 'at-server']),
    validationHash: stored.optionalText('vh'),
    validationUntil: stored.optionalNumber('vu'),
    validationFailures: stored.optionalNumber('vf') ?? 0,
    replacement: replacement && targetOf(replacement),
    createdAt: stored.number('ca'),
    expiresAt: stored.expiresAt(),
    lastSuccessAt: stored.optionalNumber('ls'),
    failures: stored.number('n'),
    vapidMismatch: stored.flag('vm'),
    cap: cap && { bytes: cap.number('b'), until: cap.number('u') },
    version: stored.number('w'),
  };
}

function targetValues(target: SubscribedTarget): Values {
  return { e: target.endpoint, p: target.p256dh, a: target.auth, k: target.vapidKeyId };
}

function targetOf(stored: StoredItem): SubscribedTarget {
  return {
    endpoint: stored.text('e'),
    p256dh: stored.text('p'),
    auth: stored.text('a'),
    vapidKeyId: stored.text('k'),
  };
}
