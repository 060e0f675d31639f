import { Fault } from '../../core/faults.ts';
import { countUp } from '../../store/count.ts';
import type { Services } from '../services.ts';

const minute = 60_000;
const hour = 60 * minute;

/**
 * How often somebody may do something within a window of time. `per` says who somebody is: the network a request comes
 * from, a mail address that somebody tries to sign in with, both together, or an account.
 */
export const rateLimits = {
  'sign-in-network': { most: 60, windowMs: hour, per: 'network' },
  /** The tighter one of two: whoever guesses is stopped here, and the owner of the address elsewhere is not. */
  'sign-in-network-and-address': { most: 10, windowMs: 15 * minute, per: 'network and address' },
  /** Mail providers lock out on their own after some refused logins; this service must not be the way to that. */
  'sign-in-address': { most: 30, windowMs: 24 * hour, per: 'address' },
  /** A sign-in at a provider has three calls. */
  oauth: { most: 60, windowMs: 10 * minute, per: 'network' },
  discovery: { most: 30, windowMs: 10 * minute, per: 'network' },
  credentials: { most: 10, windowMs: hour, per: 'account' },
  subscribing: { most: 60, windowMs: hour, per: 'account' },
  validating: { most: 60, windowMs: hour, per: 'account' },
  'test-push': { most: 10, windowMs: 10 * minute, per: 'account' },
  sending: { most: 60, windowMs: minute, per: 'account' },
  /** Gmail takes 500 mails a day of a free account, most others fewer. */
  'sending-day': { most: 2_000, windowMs: 24 * hour, per: 'account' },
  /** Each is a mail to an address that may be somebody else's. */
  alias: { most: 10, windowMs: 24 * hour, per: 'account' },
  reading: { most: 300, windowMs: minute, per: 'account' },
  /** A request that waits takes 25 s: no more than 50 of one account can be held up at once. */
  changes: { most: 120, windowMs: minute, per: 'account' },
  export: { most: 10, windowMs: hour, per: 'account' },
} as const satisfies Record<string, { most: number; windowMs: number; per: string }>;

export type RateLimit = keyof typeof rateLimits;

const rememberedMost = 10_000;

/**
 * Counts one more, before it is done.
 *
 * @param of who does it; kept as a hash only, until the window is over
 * @throws Fault `too-many-requests`, with the seconds until the window is over
 */
export async function countAgainst(
  services: Pick<Services, 'store' | 'clock' | 'limitsReached'>,
  limit: RateLimit,
  of: string,
): Promise<void> {
  const { most, windowMs } = rateLimits[limit];
  const now = services.clock.now();
  const known = `${limit} ${of}`;
  const until = services.limitsReached.get(known) ?? 0;
  if (until > now) throw tooMany(until - now);
  services.limitsReached.delete(known);
  const { count, endsAt } = await countUp(services.store, { name: limit, of, windowMs }, now);
  if (count <= most) return;
  if (services.limitsReached.size >= rememberedMost) services.limitsReached.clear();
  services.limitsReached.set(known, endsAt);
  throw tooMany(endsAt - now);
}

/** Takes one back that turned out to be no reason to count: a login that succeeded. */
export async function uncount(
  services: Pick<Services, 'store' | 'clock'>,
  limit: RateLimit,
  of: string,
): Promise<void> {
  const { windowMs } = rateLimits[limit];
  await countUp(services.store, { name: limit, of, windowMs }, services.clock.now(), -1);
}

function tooMany(ms: number): Fault {
  const retryAfterSeconds = Math.ceil(ms / 1000);
  return new Fault('too-many-requests', `That is too often. Try again in ${inWords(retryAfterSeconds)}.`, {
    retryAfterSeconds,
  });
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  return seconds < 2 * 3600 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`;
}
