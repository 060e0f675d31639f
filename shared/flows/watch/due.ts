import { createHash } from 'node:crypto';
import { limits } from '../../core/limits.ts';

const minuteMs = 60_000;
/** A mailbox with mail in the last ten minutes is polled every minute; then the interval doubles with the silence. */
const quietUnitMs = 10 * minuteMs;
const longestIntervalMinutes = 30;

/**
 * How many minutes lie between two polls of a mailbox that was last active at `lastActivityAt`: 1, 2, 4 .. 30.
 *
 * @param stretch by which every interval is longer, while there is more to do than is done
 */
export function pollIntervalMinutes(lastActivityAt: number, now: number, stretch = 1): number {
  const quietUnits = Math.max(1, (now - lastActivityAt) / quietUnitMs);
  return Math.min(longestIntervalMinutes, 2 ** Math.floor(Math.log2(quietUnits))) * stretch;
}

/**
 * Whether an account's poll falls into this minute. Computed from the last activity and a hash that spreads the accounts,
 * so backing off and coming back need no stored "due" index and no write. Who is due under a stretch is due without it.
 */
export function isPollDue(accountId: string, lastActivityAt: number, now: number, stretch = 1): boolean {
  const interval = pollIntervalMinutes(lastActivityAt, now, stretch);
  const phase = createHash('sha256').update(accountId).digest().readUInt32BE(0) % interval;
  return Math.floor(now / minuteMs) % interval === phase;
}

/** Whether a held account is looked into beside its connection in this minute: each once in `limits.sampleMinutes`. */
export function isSampled(accountId: string, now: number): boolean {
  const phase = createHash('sha256').update(accountId).digest().readUInt32BE(4) % limits.sampleMinutes;
  return Math.floor(now / minuteMs) % limits.sampleMinutes === phase;
}

/**
 * By what the intervals are to be stretched when so much waits from former minutes: nothing, up to half a minute's work,
 * which may be counted late; then as many times as minutes' halves wait.
 *
 * @param waiting messages in the queue, before this minute's
 * @param perMinute messages that this minute would add without a stretch
 */
export function backlogStretch(waiting: number, perMinute: number): number {
  return Math.min(limits.pollStretch, powerOfTwo((2 * waiting) / Math.max(1, perMinute)));
}

/** By what the intervals of one host's accounts are to be stretched, when so many would log in there in this minute. */
export function hostStretch(logins: number, loginsPerMinute: number): number {
  return powerOfTwo(logins / Math.max(1, loginsPerMinute));
}

/**
 * The next higher one. Only powers of two lie within each other: an account whose turn comes under one of them has it under
 * all lower ones as well, so that none is passed over for ever while the stretch goes up and down.
 */
function powerOfTwo(least: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(least)));
}
