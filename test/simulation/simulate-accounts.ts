import { createHash } from 'node:crypto';
import { partitionOf } from '../../shared/store/keys.ts';
import { Random } from '../support/random.ts';
import { type ActivityModel, ActivitySource } from './activity.ts';
import { add, type Day, DayCounts } from './day-counts.ts';
import { hostGroupOf } from './hosts.ts';
import { walkDay } from './walk-day.ts';
import type { WatchRules } from './watch-rules.ts';

/** 2026-11-23, a Monday: the first minute of the simulated day, since the epoch. */
export const firstMinute = Date.UTC(2026, 10, 23) / 60_000;

export type AccountsToSimulate = {
  readonly accounts: number;
  readonly partitions: number;
  readonly activity: ActivityModel;
  readonly rules: WatchRules;
  readonly seed: number;
};

/** The day of every single account, one after the other: what is kept of each is in the counts. */
export function simulateAccounts({ accounts, partitions, activity, rules, seed }: AccountsToSimulate): Day {
  const random = new Random(seed);
  const source = new ActivitySource(activity, random);
  const counts = new DayCounts(partitions, [...new Set(rules.stretches.map(({ interval }) => interval))]);
  for (let number = 0; number < accounts; number++) {
    const id = `simulated-${number}`;
    counts.begin(hostGroupOf(random.next()), partitionOf(id, partitions));
    const day = source.next();
    for (let index = 0; index < day.count; index++) add(counts.messages, day.arrivals[index] ?? 0, 1);
    walkDay(day, spreadOf(id), rules, firstMinute, counts);
  }
  return counts.finish(firstMinute);
}

/** What `isPollDue` spreads accounts by; that it is the same is held by a test. */
export function spreadOf(accountId: string): number {
  return createHash('sha256').update(accountId).digest().readUInt32BE(0);
}
