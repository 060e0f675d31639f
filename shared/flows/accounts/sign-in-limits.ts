import type { Services } from '../services.ts';
import { countAgainst, type RateLimit, uncount } from './rate-limits.ts';

/**
 * Runs an attempt to sign in within its limits: by the network it comes from, by the address, and by both. Only what
 * fails counts in the end. Addresses are counted whether or not they have an account, so that nobody learns which do.
 *
 * @throws Fault `too-many-requests`, before anything is tried
 */
export async function withinSignInLimits<T>(
  services: Services,
  { network, email }: { readonly network: string; readonly email: string },
  attempt: () => Promise<T>,
): Promise<T> {
  const counted: readonly (readonly [RateLimit, string])[] = [
    ['sign-in-network', network],
    ['sign-in-network-and-address', `${network} ${email}`],
    ['sign-in-address', email],
  ];
  for (const [limit, of] of counted) await countAgainst(services, limit, of);
  const done = await attempt();
  await Promise.all(counted.map(([limit, of]) => uncount(services, limit, of)));
  return done;
}
