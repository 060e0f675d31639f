import { limits } from '../core/limits.ts';
import type { Store } from './client.ts';
import { idempotencyKey } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

export type Reservation =
  /** `firstAt` is when the key was taken first (ms): the same for all holders of one request, whichever of them died. */
  | { readonly kind: 'reserved'; readonly firstAt: number }
  /** Used before. Without a reply the first request is still under way, or ended without saying how. */
  | { readonly kind: 'existing'; readonly requestHash: string; readonly reply: string | undefined };

/**
 * Takes an idempotency key for one request. Of many at once exactly one gets it. A key whose request was never completed
 * can be taken again, by the same request, once its holder must have died.
 */
export async function reserveIdempotencyKey(
  store: Store,
  accountId: string,
  key: string,
  request: { readonly hash: string; readonly now: number; readonly expiresAt: number },
): Promise<Reservation> {
  const { hash, now, expiresAt } = request;
  const name = idempotencyKey(accountId, key);
  const reserved = await store.put(
    name,
    { h: hash, fa: now, ra: now, expiresAt: toSeconds(expiresAt) },
    { text: 'attribute_not_exists(pk) OR expiresAt <= :now', values: { ':now': Math.floor(now / 1000) } },
  );
  if (reserved) return { kind: 'reserved', firstAt: now };
  const item = await store.get(name);
  // Released between the two requests: whoever asks again gets it.
  if (item === undefined || isExpired(item, now)) {
    return { kind: 'existing', requestHash: hash, reply: undefined };
  }
  const stored = new StoredItem('idempotency key', item);
  const existing = {
    kind: 'existing',
    requestHash: stored.text('h'),
    reply: stored.optionalText('r'),
  } as const;
  const heldSince = stored.number('ra');
  const isHolderDead = heldSince <= now - limits.idempotencyHeldMs;
  if (existing.reply !== undefined || existing.requestHash !== hash || !isHolderDead) return existing;
  const taken = await store.update(
    name,
    { text: 'SET ra = :now', values: { ':now': now } },
    { text: 'ra = :since AND attribute_not_exists(r)', values: { ':since': heldSince } },
  );
  return taken ? { kind: 'reserved', firstAt: stored.number('fa') } : existing;
}

/** Keeps the reply for repeats of the request. Does nothing when the key was given up meanwhile. */
export async function completeIdempotencyKey(
  store: Store,
  accountId: string,
  key: string,
  reply: string,
): Promise<void> {
  await store.update(
    idempotencyKey(accountId, key),
    { text: 'SET r = :reply', values: { ':reply': reply } },
    { text: 'attribute_exists(pk) AND attribute_not_exists(r)' },
  );
}

/** Gives a key back after a request that did nothing, so that its repeat may run. */
export async function releaseIdempotencyKey(store: Store, accountId: string, key: string): Promise<void> {
  await store.delete(idempotencyKey(accountId, key), { text: 'attribute_not_exists(r)' });
}
