import type { Store } from './client.ts';
import { accountTotalKey, countKey } from './keys.ts';
import { toSeconds } from './stored-item.ts';

/** What is counted: how often something named happened to or by somebody, who is kept as a hash only. */
export type Counted = { readonly name: string; readonly of: string; readonly windowMs: number };

/**
 * Counts something in the window of time that `now` lies in. One write, whatever the count is: windows begin at fixed
 * times, so that a new one needs no condition. (rate-limiter-flexible 11 wants a table of its own with other keys.)
 *
 * @returns the count in this window, and when the window ends
 */
export async function countUp(
  store: Store,
  { name, of, windowMs }: Counted,
  now: number,
  by = 1,
): Promise<{ count: number; endsAt: number }> {
  const window = Math.floor(now / windowMs);
  const endsAt = (window + 1) * windowMs;
  const count = await store.add(countKey(name, of, window), 'n', by, {
    set: { v: 1, expiresAt: toSeconds(endsAt) },
  });
  return { count: count ?? 0, endsAt };
}

/** Adds an account to the total of this service; false when there are as many as may be. */
export async function addToAccountTotal(store: Store, most: number): Promise<boolean> {
  const total = await store.add(accountTotalKey, 'n', 1, {
    set: { v: 1 },
    condition: { text: 'attribute_not_exists(n) OR n < :most', values: { ':most': most } },
  });
  return total !== undefined;
}

/** An account is gone, or was not made after all. */
export async function takeFromAccountTotal(store: Store): Promise<void> {
  await store.add(accountTotalKey, 'n', -1, {
    condition: { text: 'n > :none', values: { ':none': 0 } },
  });
}
