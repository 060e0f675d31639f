import type { LookupAddress } from 'node:dns';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

/** Resolves a name to all its addresses. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

type Kept = { readonly addresses: Promise<readonly LookupAddress[]>; until: number };

/**
 * Asks for a name once in `limits.hostAddressesMs`, however many connections want it: the system answers four questions at
 * a time, and one provider whose name servers are silent would hold up the mailboxes of all others. What failed is not
 * kept. Whether an address may be connected to is judged anew by whoever asked.
 */
export function rememberedLookup(
  resolve: Resolve,
  clock: Pick<Clock, 'now'> = systemClock,
  most: number = limits.hostNames,
): Resolve {
  const kept = new Map<string, Kept>();
  return (host) => {
    const found = kept.get(host);
    if (found !== undefined && found.until > clock.now()) return found.addresses;
    const asked: Kept = { addresses: resolve(host), until: Number.POSITIVE_INFINITY };
    kept.delete(host);
    kept.set(host, asked);
    if (kept.size > most) {
      const [oldest] = kept.keys();
      if (oldest !== undefined) kept.delete(oldest);
    }
    asked.addresses.then(
      () => {
        asked.until = clock.now() + limits.hostAddressesMs;
      },
      () => {
        if (kept.get(host) === asked) kept.delete(host);
      },
    );
    return asked.addresses;
  };
}
