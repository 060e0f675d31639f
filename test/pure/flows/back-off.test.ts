import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import {
  mayCheck,
  reconnectDelayMs,
  troubleAfter,
  troubleAfterSuccess,
} from '../../../shared/flows/watch/back-off.ts';
import { isPollDue } from '../../../shared/flows/watch/due.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { Throttled } from '../../../shared/imap/mail-fault.ts';
import type { WatchTrouble } from '../../../shared/store/items.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 23, 12, 0, 7);
const away = new Fault('mail-host-unreachable', 'away');
const throttled = (suggestedMs?: number) => new Throttled(undefined, suggestedMs);

describe('the pause before a new connection', () => {
  it('lies anywhere between a second and a bound that doubles up to ten minutes', () => {
    expect(reconnectDelayMs(0, 0.99)).toBe(1_000);
    expect(reconnectDelayMs(1, 0)).toBe(1_000);
    expect(reconnectDelayMs(1, 1)).toBe(2_000);
    expect(reconnectDelayMs(4, 0.5)).toBe(8_500);
    expect(reconnectDelayMs(50, 1)).toBe(600_000);
  });
});

describe('an account that cannot be reached', () => {
  const watch = (trouble?: WatchTrouble) => ({ lastActivityAt: now, trouble });

  /** After how many minutes it is polled again, by the tick's own rule. */
  function pausesOf(accountId: string, lastActivityAt: number, fault: Fault, times: number): number[] {
    const pauses: number[] = [];
    let trouble: WatchTrouble | undefined;
    let at = now - (now % minute);
    while (!isPollDue(accountId, lastActivityAt, at)) at += minute;
    for (let i = 0; i < times; i++) {
      trouble = troubleAfter({ lastActivityAt, trouble }, fault, at + 7_000);
      let next = at + minute;
      while (!(mayCheck({ trouble }, next) && isPollDue(accountId, lastActivityAt, next))) next += minute;
      pauses.push((next - at) / minute);
      at = next;
    }
    return pauses;
  }

  it('is polled half as often with each failure in a row, down to once in half an hour', () => {
    // Active in the future: its interval stays a minute.
    expect(pausesOf('a', now + 1e9, away, 7)).toEqual([2, 4, 8, 16, 30, 30, 30]);
  });

  it('is polled a fourth as often with each throttle', () => {
    expect(pausesOf('a', now + 1e9, throttled(), 4)).toEqual([4, 16, 30, 30]);
  });

  it('is polled no more often than an account that is well, and within half an hour, or two of its turns', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 0, max: 10_000 }),
        fc.boolean(),
        (accountId, silentMinutes, isThrottled) => {
          const pauses = pausesOf(
            accountId,
            now - silentMinutes * minute,
            isThrottled ? throttled() : away,
            6,
          );
          for (const pause of pauses) {
            expect(pause).toBeGreaterThanOrEqual(2);
            expect(pause).toBeLessThanOrEqual(60);
          }
        },
      ),
    );
  });

  it('is not asked before the time that its server suggests, of a minute to an hour', () => {
    const retryIn = (suggestedMs: number) => troubleAfter(watch(), throttled(suggestedMs), now).retryAt - now;
    expect(retryIn(250_343)).toBe(250_343);
    expect(retryIn(1)).toBe(limits.throttledMs);
    expect(retryIn(1e12)).toBe(limits.throttledMaxMs);
    expect(mayCheck({ trouble: troubleAfter(watch(), throttled(250_343), now) }, now + 250_342)).toBe(false);
    expect(mayCheck({ trouble: troubleAfter(watch(), throttled(250_343), now) }, now + 250_343)).toBe(true);
  });

  it('is polled for an hour after a throttle, whatever its mode, and not because it is merely away', () => {
    const polledAt = (trouble: WatchTrouble, at: number) =>
      isPolled({ mode: 'idle', lastActivityAt: now, trouble }, 'auto', 'idle', at);
    const afterThrottle = troubleAfter(watch(), throttled(), now);
    expect(polledAt(afterThrottle, now + 59 * minute)).toBe(true);
    expect(polledAt(afterThrottle, now + 60 * minute)).toBe(false);
    expect(polledAt(troubleAfter(watch(), away, now), now + minute)).toBe(false);
    // A failure later in that hour does not end it.
    const later = troubleAfter({ lastActivityAt: now, trouble: afterThrottle }, away, now + minute);
    expect(polledAt(later, now + 59 * minute)).toBe(true);
  });

  it('is in trouble no more once it was reached, but stays polled for the rest of the hour', () => {
    const afterThrottle = troubleAfter(watch(), throttled(), now);
    const left = troubleAfterSuccess(watch(afterThrottle), now + 5 * minute);
    expect(left).toEqual({ failures: 0, retryAt: 0, pollUntil: now + 60 * minute });
    expect(mayCheck({ trouble: left }, now)).toBe(true);
    expect(troubleAfterSuccess(watch(left), now + 60 * minute)).toBeUndefined();
    expect(troubleAfterSuccess(watch(troubleAfter(watch(), away, now)), now)).toBeUndefined();
  });
});

describe('an account without trouble', () => {
  it('may be checked at any time', () => {
    fc.assert(fc.property(fc.integer(), (at) => mayCheck({}, at)));
  });
});
