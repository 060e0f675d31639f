import { setTimeout as delay } from 'node:timers/promises';

/**
 * Looks until `look` gives something, and gives that. For waiting on processes that offer no event; the wait ends with
 * what it waited for, so a fast machine waits little. After `ms` it fails with what it was waiting for.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = 60_000,
): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await delay(20);
  }
}
