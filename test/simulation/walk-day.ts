import type { AccountActivity } from './activity.ts';
import { minutesPerDay } from './day-pattern.ts';
import type { WatchRules } from './watch-rules.ts';

/** What happens to one mailbox in a day; minutes of the day, `to` not included. */
export type DaySink = {
  /** It is polled in each minute of this time that leaves `phase` when divided by `interval`, counted from the epoch. */
  polled(interval: number, phase: number, from: number, to: number): void;
  /** A connection is wanted. */
  held(from: number, to: number): void;
  /** A poll found mail, and from then on a connection may be wanted. */
  found(minute: number): void;
};

/**
 * Follows a mailbox through a day by its mails alone, from one change of its interval to the next: what happens in between
 * is known. A test compares this with asking the service's rules in each minute.
 *
 * @param spread the number whose remainder says in which minute of an interval the account is polled
 * @param firstMinute of the day, since the epoch
 */
export function walkDay(
  activity: AccountActivity,
  spread: number,
  rules: WatchRules,
  firstMinute: number,
  sink: DaySink,
): void {
  const { arrivals, count } = activity;
  let lastMail = activity.lastBefore;
  let heldFrom = Math.max(0, lastMail);
  for (let index = 0; index < count; index++) {
    const arrival = arrivals[index] ?? 0;
    if (arrival <= lastMail) continue;
    const silent = arrival - lastMail;
    if (silent < rules.polledFrom) {
      lastMail = arrival;
      continue;
    }
    const foundAt = nextPoll(rules, spread, firstMinute, lastMail, arrival);
    if (foundAt >= minutesPerDay) break;
    endStretch(rules, spread, lastMail, heldFrom, foundAt + 1, sink);
    sink.found(foundAt);
    lastMail = foundAt;
    heldFrom = foundAt;
  }
  endStretch(rules, spread, lastMail, heldFrom, minutesPerDay, sink);
}

/** Tells of the time since `heldFrom`: first held, as long as the last mail is no older than that, and then polled. */
function endStretch(
  { polledFrom, stretches }: WatchRules,
  spread: number,
  lastMail: number,
  heldFrom: number,
  end: number,
  sink: DaySink,
): void {
  const heldTo = Math.min(end, lastMail + polledFrom);
  if (heldTo > heldFrom) sink.held(heldFrom, heldTo);
  // The poll that found the last mail was counted with the silence before it.
  const polledAfter = Math.max(0, lastMail + 1);
  for (const { from, to, interval } of stretches) {
    const start = Math.max(polledAfter, lastMail + from);
    const stop = Math.min(end, lastMail + to);
    if (stop > start) sink.polled(interval, spread % interval, start, stop);
    if (lastMail + to >= end) return;
  }
}

/** The first poll at or after `arrival`. */
function nextPoll(
  { stretches }: WatchRules,
  spread: number,
  firstMinute: number,
  lastMail: number,
  arrival: number,
): number {
  for (const { from, to, interval } of stretches) {
    const start = Math.max(arrival, lastMail + from);
    const behind = (spread - firstMinute - start) % interval;
    const at = start + (behind < 0 ? behind + interval : behind);
    if (lastMail + to > arrival && at < lastMail + to) return at;
  }
  return Number.POSITIVE_INFINITY;
}
