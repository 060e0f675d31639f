import { Fault } from '../../core/faults.ts';
import { isBeforeLogin } from '../../net/connection-problem.ts';
import type { Services } from '../services.ts';
import { countAgainst, type RateLimit, uncount } from './rate-limits.ts';

/**
 * Runs an attempt to sign in within its limits: by the network it comes from, by the address, and by both. Only what
 * fails counts in the end, and against the address only what may have been a guess: people who enter mail servers by hand
 * try some. Addresses are counted whether or not they have an account, so that nobody learns which do.
 *
 * @throws Fault `too-many-requests`, before anything is tried
 */
export async function withinSignInLimits<T>(
  services: Services,
  { network, email }: { readonly network: string; readonly email: string },
  attempt: () => Promise<T>,
): Promise<T> {
  const byAddress: readonly Counted[] = [
    ['sign-in-network-and-address', `${network} ${email}`],
    ['sign-in-address', email],
  ];
  const counted: readonly Counted[] = [['sign-in-network', network], ...byAddress];
  const takeBack = (what: readonly Counted[]) =>
    Promise.all(what.map(([limit, of]) => uncount(services, limit, of)));
  for (const [limit, of] of counted) await countAgainst(services, limit, of);
  try {
    const done = await attempt();
    await takeBack(counted);
    return done;
  } catch (error) {
    if (isNoGuess(error)) await takeBack(byAddress);
    throw error;
  }
}

type Counted = readonly [limit: RateLimit, of: string];

/** No mail server was asked about the password. */
function isNoGuess(error: unknown): boolean {
  if (!(error instanceof Fault)) return false;
  return error.code === 'needs-settings' || error.code === 'mail-host-forbidden' || isBeforeLogin(error);
}
