import { describe, expect, it } from 'vitest';
import { isPollDue } from '../../../shared/flows/watch/due.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import type { WatchSetting } from '../../../shared/store/items.ts';
import { type AccountActivity, ActivitySource } from '../../simulation/activity.ts';
import { minutesPerDay } from '../../simulation/day-pattern.ts';
import { firstMinute, spreadOf } from '../../simulation/simulate-accounts.ts';
import { walkDay } from '../../simulation/walk-day.ts';
import { watchRules } from '../../simulation/watch-rules.ts';
import { Random } from '../../support/random.ts';

type Minutes = { readonly polls: number[]; readonly held: number[]; readonly found: number[] };

const none = (): Minutes => ({
  polls: Array.from({ length: minutesPerDay }, () => 0),
  held: Array.from({ length: minutesPerDay }, () => 0),
  found: [],
});

/** What the service's rules say when they are asked in each minute of the day, as the tick does. */
function askedEachMinute(id: string, activity: AccountActivity, hostWatch: WatchSetting): Minutes {
  const minutes = none();
  const arrivals = [...activity.arrivals.subarray(0, activity.count)];
  let lastMail = activity.lastBefore;
  const at = (minute: number) => (firstMinute + minute) * 60_000;
  const polledAt = (minute: number) =>
    isPolled({ mode: 'auto', lastActivityAt: at(lastMail) }, hostWatch, 'idle-while-active', at(minute));
  for (let minute = 0; minute < minutesPerDay; minute++) {
    const isWaiting = arrivals.some((arrival) => arrival > lastMail && arrival <= minute);
    if (polledAt(minute)) {
      if (!isPollDue(id, at(lastMail), at(minute))) continue;
      minutes.polls[minute] = 1;
      if (!isWaiting) continue;
      lastMail = minute;
      minutes.found.push(minute);
      if (!polledAt(minute)) minutes.held[minute] = 1;
    } else {
      minutes.held[minute] = 1;
      if (isWaiting) lastMail = minute;
    }
  }
  return minutes;
}

function walked(id: string, activity: AccountActivity, hostWatch: WatchSetting): Minutes {
  const minutes = none();
  walkDay(activity, spreadOf(id), watchRules(hostWatch), firstMinute, {
    polled(interval, phase, from, to) {
      for (let minute = from; minute < to; minute++)
        if ((firstMinute + minute) % interval === phase)
          minutes.polls[minute] = (minutes.polls[minute] ?? 0) + 1;
    },
    held(from, to) {
      for (let minute = from; minute < to; minute++) minutes.held[minute] = (minutes.held[minute] ?? 0) + 1;
    },
    found: (minute) => minutes.found.push(minute),
  });
  return minutes;
}

function sampleOf(accounts: number): readonly AccountActivity[] {
  const source = new ActivitySource({ activeShare: 0.4, messagesPerDay: 3, callsPerDay: 0 }, new Random(7));
  return Array.from({ length: accounts }, () => {
    const activity = source.next();
    return { ...activity, arrivals: activity.arrivals.slice() };
  });
}

describe('a day that is followed from change to change', () => {
  it.each(['auto', 'poll', 'idle'] as const)(
    'is the day that the rules give when they are asked each minute: %s',
    (hostWatch) => {
      const days = sampleOf(120).map((activity, index) => ({ id: `account-${index}`, activity }));
      const found = days.map(({ id, activity }) => walked(id, activity, hostWatch));
      expect(found).toEqual(days.map(({ id, activity }) => askedEachMinute(id, activity, hostWatch)));
      const finds = found.reduce((sum, each) => sum + each.found.length, 0);
      expect(finds > 0).toBe(hostWatch !== 'idle');
    },
  );

  it('holds and polls some of a mailbox that falls silent for 48 hours in the middle of the day', () => {
    const activity = {
      zone: 0,
      isInUse: true,
      arrivals: new Uint16Array(1),
      count: 0,
      lastBefore: -2_880 + 700,
    };
    const { held, polls } = walked('account', activity, 'auto');
    expect(held.lastIndexOf(1)).toBe(700);
    expect(polls.indexOf(1)).toBeGreaterThan(700);
    expect(polls.indexOf(1)).toBeLessThanOrEqual(731);
  });
});
