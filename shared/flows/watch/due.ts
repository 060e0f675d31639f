import { createHash } from 'node:crypto';

const minuteMs = 60_000;
/** A mailbox with mail in the last ten minutes is polled every minute; then the interval doubles with the silence. */
const quietUnitMs = 10 * minuteMs;
const longestIntervalMinutes = 30;

/** How many minutes lie between two polls of a mailbox that was last active at `lastActivityAt`: 1, 2, 4 .. 30. */
export function pollIntervalMinutes(lastActivityAt: number, now: number): number {
  const quietUnits = Math.max(1, (now - lastActivityAt) / quietUnitMs);
  return Math.min(longestIntervalMinutes, 2 ** Math.floor(Math.log2(quietUnits)));
}

/**
 * Whether an account's poll falls into this minute. Computed from the last activity and a hash that spreads the accounts,
 * so backing off and coming back need no stored "due" index and no write.
 */
export function isPollDue(accountId: string, lastActivityAt: number, now: number): boolean {
  const interval = pollIntervalMinutes(lastActivityAt, now);
  const phase = createHash('sha256').update(accountId).digest().readUInt32BE(0) % interval;
  return Math.floor(now / minuteMs) % interval === phase;
}
