import { limits } from '../../shared/core/limits.ts';
import type { ActivityModel } from './activity.ts';
import type { Day } from './day-counts.ts';
import { minutesPerDay } from './day-pattern.ts';
import { type Dollars, dollarsPerMonth } from './dollars.ts';
import { simulateAccounts } from './simulate-accounts.ts';
import { simulateWorkers, type WorkerDay, type WorkerHost } from './simulate-workers.ts';
import type { TickCost } from './tick-cost.ts';
import { type Usage, usageOf } from './usage.ts';
import { watchRules } from './watch-rules.ts';

export type Size = {
  readonly accounts: number;
  /** Share of the mailboxes that had mail within 48 hours. */
  readonly activeShare: number;
  readonly watch: 'auto' | 'poll';
};

/** How one number of accounts does with workers of one kind. */
export type Outcome = {
  readonly workers: WorkerDay;
  readonly usage: Usage;
  readonly dollars: Dollars;
};

export type SizeOutcome = Size & {
  readonly partitions: number;
  readonly containers: number;
  readonly day: Day;
  readonly lambda: Outcome;
  readonly container: Outcome;
};

const seed = 20_261_123;
const accountsPerPartition = 400;
const fewestPartitions = 256;

/** A day of one service, once with its connections in workers on Lambda and once in containers. */
export function simulate({ accounts, activeShare, watch }: Size, tick: TickCost): SizeOutcome {
  const activity: ActivityModel = { activeShare, messagesPerDay: 20, callsPerDay: 30 };
  const partitions = partitionsFor(accounts);
  const day = simulateAccounts({ accounts, partitions, activity, rules: watchRules(watch), seed });
  const containers = containersFor(day);
  const outcomeWith = (host: WorkerHost): Outcome => {
    const workers = simulateWorkers(day, host, seed);
    const usage = usageOf({ accounts, activity, day, host, workers, tick });
    return { workers, usage, dollars: dollarsPerMonth(usage) };
  };
  return {
    ...{ accounts, activeShare, watch, partitions, containers, day },
    lambda: outcomeWith({ kind: 'lambda', capacity: limits.workerSessions, lifeMs: 900_000 }),
    container: outcomeWith({ kind: 'container', capacity: limits.containerSessions, count: containers }),
  };
}

/** As many accounts in each as the deployed 256 have at 100,000. */
function partitionsFor(accounts: number): number {
  return Math.max(fewestPartitions, 256 * Math.ceil(accounts / accountsPerPartition / 256));
}

/** Enough for the busiest minute, although no container is filled by whole partitions to the last place. */
function containersFor({ loads, accounts }: Day): number {
  let busiest = 0;
  let largest = 0;
  for (let minute = 0; minute < minutesPerDay; minute++) {
    let sum = 0;
    for (const load of loads.subarray(minute * accounts.length, (minute + 1) * accounts.length)) {
      sum += load;
      if (load > largest) largest = load;
    }
    busiest = Math.max(busiest, sum);
  }
  return Math.ceil(busiest / (limits.containerSessions * limits.workerFill - largest));
}
