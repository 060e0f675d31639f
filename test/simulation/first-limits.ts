import { functionDefinitions } from '../../functions/definitions.ts';
import { limits } from '../../shared/core/limits.ts';
import { loginsPerMinute } from './hosts.ts';
import { wayOf } from './scale-table.ts';
import { markdownTable, shown } from './shown.ts';
import type { Outcome, SizeOutcome } from './simulate.ts';
import { mbPerCpu, most } from './usage.ts';

/** What a way of running takes of something that is limited, at the size it was simulated for. */
type Limit = { readonly limit: string; readonly taken: (of: Outcome) => number; readonly most: number };

const tickSeconds = functionDefinitions.schedule.timeoutSeconds;
const cpuOfTick = functionDefinitions.schedule.memoryMb / mbPerCpu;

const all: readonly Limit[] = [
  {
    limit: `${loginsPerMinute.toLocaleString('en')} logins a minute at the largest host (what we ask of one at most; \`shared/providers\`)`,
    taken: ({ usage }) => most(usage.loginsOfLargest),
    most: loginsPerMinute,
  },
  {
    limit: `one minute tick of ${functionDefinitions.schedule.memoryMb} MB reads all in its ${tickSeconds} s; \`coi:tickShards\` shares the work`,
    taken: ({ usage }) => usage.tickCpuSeconds,
    most: tickSeconds * cpuOfTick,
  },
  {
    limit: `one of ${mbPerCpu.toLocaleString('en')} MB (a whole processor)`,
    taken: ({ usage }) => usage.tickCpuSeconds,
    most: tickSeconds,
  },
  {
    limit: '1,000 Lambda functions at a time (default quota, raised on request)',
    taken: ({ usage }) => usage.concurrency,
    most: 1_000,
  },
  {
    limit: '40,000 read units of one table a second (default quota, raised on request)',
    taken: ({ usage }) => most(usage.reads) / 60,
    most: 40_000,
  },
  {
    limit: '40,000 write units (likewise)',
    taken: ({ usage }) => most(usage.writes) / 60,
    most: 40_000,
  },
  {
    limit: '1,000 writes a second under one key: signs of life of all workers',
    taken: ({ workers }) => most(workers.running) / (limits.workerBeatMs / 1_000),
    most: 1_000,
  },
];

/** From which number of accounts on something does not suffice, carried on in proportion from the largest size simulated. */
export function firstLimits(sizes: readonly SizeOutcome[]): string {
  const largest = Math.max(...sizes.map(({ accounts }) => accounts));
  const ways = sizes
    .filter(({ accounts, watch }) => accounts === largest && watch === 'auto')
    .flatMap((size) => [
      { name: `${wayOf(size)}, Lambda`, accounts: size.accounts, outcome: size.lambda },
      { name: `${wayOf(size)}, containers`, accounts: size.accounts, outcome: size.container },
    ]);
  return markdownTable(
    ['limit', ...ways.map(({ name }) => name)],
    all.map(({ limit, taken, most: allowed }) => [
      limit,
      ...ways.map(({ accounts, outcome }) => shown((accounts * allowed) / taken(outcome))),
    ]),
    1,
  );
}
