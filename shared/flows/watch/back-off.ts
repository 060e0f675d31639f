import type { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { Throttled } from '../../imap/mail-fault.ts';
import type { Watch, WatchTrouble } from '../../store/items.ts';
import { pollIntervalMinutes } from './due.ts';

const minuteMs = 60_000;

/** Whether an account in trouble may be tried again; any other always. */
export function mayCheck({ trouble }: Pick<Watch, 'trouble'>, now: number): boolean {
  return trouble === undefined || trouble.retryAt <= now;
}

/** Full jitter: anything between one second and a bound that doubles with each failure in a row. */
export function reconnectDelayMs(failures: number, random: number): number {
  const bound = Math.min(limits.reconnectMaxMs, limits.reconnectMinMs * 2 ** Math.min(failures, 20));
  return limits.reconnectMinMs + Math.floor(random * (bound - limits.reconnectMinMs));
}

/**
 * What is to be stored of an account whose poll failed, or whose server throttles, which counts twice: its polls become
 * half as frequent with each failure, down to one in 30 minutes, and one fourth with each throttle. Where the server
 * suggests a pause, it gets that one. A throttled account is polled for an hour instead of being held.
 */
export function troubleAfter(
  watch: Pick<Watch, 'lastActivityAt' | 'trouble'>,
  fault: Fault,
  now: number,
): WatchTrouble {
  const isThrottled = fault instanceof Throttled;
  const failures = (watch.trouble?.failures ?? 0) + (isThrottled ? 2 : 1);
  const suggestedMs = isThrottled ? fault.backOffMs : undefined;
  return {
    failures,
    retryAt:
      suggestedMs === undefined
        ? nextPollAt(watch.lastActivityAt, failures, now)
        : now + Math.max(limits.throttledMs, suggestedMs),
    pollUntil: isThrottled ? now + limits.throttledPollMs : watch.trouble?.pollUntil,
  };
}

/** Begins with a minute, as polls do: else each would miss its own by the seconds that it took. */
function nextPollAt(lastActivityAt: number, failures: number, now: number): number {
  const minutes = pollIntervalMinutes(lastActivityAt, now) * 2 ** Math.min(failures, 20);
  return now - (now % minuteMs) + Math.min(minutes * minuteMs, limits.pollBackOffMaxMs);
}

/** What stays stored of an account that was reached again; undefined where nothing does. */
export function troubleAfterSuccess(
  { trouble }: Pick<Watch, 'trouble'>,
  now: number,
): WatchTrouble | undefined {
  const pollUntil = trouble?.pollUntil;
  return pollUntil === undefined || pollUntil <= now ? undefined : { failures: 0, retryAt: 0, pollUntil };
}
