import { functionDefinitions } from '../../functions/definitions.ts';
import { work } from '../../infra/costs.ts';
import { limits } from '../../shared/core/limits.ts';
import type { ActivityModel } from './activity.ts';
import type { Day } from './day-counts.ts';
import { minutesPerDay } from './day-pattern.ts';
import { keyRequestsPerDay } from './key-requests.ts';
import type { WorkerDay, WorkerHost } from './simulate-workers.ts';
import type { TickCost } from './tick-cost.ts';
import { units } from './units.ts';

export type Simulated = {
  readonly accounts: number;
  readonly activity: ActivityModel;
  readonly day: Day;
  readonly host: WorkerHost;
  readonly workers: WorkerDay;
  readonly tick: TickCost;
};

/** By minute of the day. */
export type Minutes = Float64Array;

/** What a day takes of everything that has a price or a limit. */
export type Usage = {
  readonly polls: Minutes;
  readonly logins: Minutes;
  /** Of these, at the largest host. */
  readonly loginsOfLargest: Minutes;
  readonly pollsOfLargest: Minutes;
  readonly held: Minutes;
  readonly reads: Minutes;
  readonly writes: Minutes;
  readonly messages: number;
  readonly calls: number;
  readonly sqsRequests: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
  readonly containerSeconds: number;
  readonly egressBytes: number;
  readonly logBytes: number;
  readonly keyRequests: number;
  /** Seconds of one core that one minute's tick takes. */
  readonly tickCpuSeconds: number;
  /** Functions that run at the same time, at the busiest minute. */
  readonly concurrency: number;
};

/** An assumption: a user is there so many times a day, which is noted each time. */
const callsPerVisit = 5;
const secondsPerDay = 86_400;

export function usageOf(simulated: Simulated): Usage {
  const { accounts, activity, day, host, workers, tick } = simulated;
  const polls = summed(day.polls);
  const held = summed(day.held);
  const messages = total(day.messages);
  const calls = accounts * activity.callsPerDay;
  const callsIn = (minute: number) => (at(day.messages, minute) / messages) * calls;
  // A container's connection is made anew each hour; one of a worker on Lambda ends with its worker before that.
  const renewed = (minute: number) =>
    host.kind === 'container' ? (at(held, minute) * 60) / work.fargateLifeSeconds : 0;
  const connects = minutes(
    (minute) => sumAt(day.joins, minute) + at(workers.logins, minute) + renewed(minute),
  );
  const logins = minutes((minute) => at(polls, minute) + at(connects, minute));
  const largestShare = (minute: number) => shareOfFirst(day.held, minute);
  const pollers = Math.max(
    Math.ceil(most(polls) / 60 / checksPerPoller),
    // Messages of one minute come at once, and are taken by as many as there are by default.
    Math.min(functionDefinitions.poll.trigger.maxConcurrency, Math.ceil(most(polls) / limits.pollBatch)),
  );
  const partitions = day.accounts.length;
  const partitionReads = day.accounts.reduce((sum, watches) => sum + listUnits(watches), 0);
  const isHeld = at(held, 0) > 0;
  const reads = minutes(
    (minute) =>
      // The tick reads every partition, and so does whoever holds it.
      partitionReads * (isHeld ? 2 : 1) +
      at(polls, minute) * units.readsPerCheck +
      at(connects, minute) * units.readsPerCheck +
      at(day.messages, minute) * units.readsPerMessage +
      callsIn(minute) * work.apiReadUnits +
      at(workers.running, minute) * units.readsPerBeat * (60_000 / limits.workerBeatMs) +
      (at(workers.running, minute) + pollers) * units.readsPerHostLook * (60_000 / limits.hostLookMs) +
      // The tick reads all workers' rows.
      (at(workers.running, minute) * workerBytes) / 4096 +
      at(workers.handOvers, minute) * (units.readsPerHandOver + partitionReads / partitions) +
      workers.leaseReads / minutesPerDay,
  );
  const writes = minutes(
    (minute) =>
      at(day.messages, minute) * units.writesPerMessage +
      callsIn(minute) / callsPerVisit +
      at(workers.running, minute) * units.writesPerBeat * (60_000 / limits.workerBeatMs) +
      at(workers.starts, minute) * units.writesPerWorker +
      at(workers.handOvers, minute) * units.writesPerHandOver +
      workers.assignments / minutesPerDay,
  );
  const pollMessages = day.polls.reduce(
    (sum, group) => sum + group.reduce((so, each) => so + Math.ceil(each / limits.pollBatch), 0),
    0,
  );
  const starts = total(workers.starts);
  const tickCpuSeconds = accounts * tick.perAccount + partitions * tick.perPartition;
  const idleMb = functionDefinitions.idle.memoryMb;
  const cpuSeconds =
    total(polls) * work.checkCpuSeconds + messages * work.messageCpuSeconds + tickCpuSeconds * minutesPerDay;
  const lambdaSeconds = host.kind === 'lambda' ? workers.workerSeconds : 0;
  return {
    ...{ polls, logins, held, reads, writes, messages, calls, tickCpuSeconds },
    pollsOfLargest: day.polls[0] ?? new Float64Array(minutesPerDay),
    loginsOfLargest: minutes(
      (minute) => at(day.polls[0], minute) + at(connects, minute) * largestShare(minute),
    ),
    sqsRequests: 3 * pollMessages,
    lambdaRequests: pollMessages + minutesPerDay + calls + (host.kind === 'lambda' ? starts : 0),
    lambdaGbSeconds:
      (cpuSeconds * mbPerCpu) / 1024 + calls * work.apiGbSeconds + (lambdaSeconds * idleMb) / 1024,
    containerSeconds: host.kind === 'container' ? workers.workerSeconds : 0,
    egressBytes:
      total(polls) * work.checkEgressBytes +
      total(connects) * work.loginEgressBytes +
      ((total(held) * 60) / work.renewSeconds) * work.renewEgressBytes +
      messages * work.messageEgressBytes +
      calls * work.apiEgressBytes,
    logBytes: (pollMessages + minutesPerDay + calls + starts) * work.invocationLogBytes,
    keyRequests:
      keyRequestsPerDay({ partitions, processes: pollers, uses: keysOfPolls(day.polls, partitions) }) +
      // A worker runs in an environment that held other partitions before; a container keeps its own.
      keyRequestsPerDay({
        partitions,
        processes: host.kind === 'lambda' ? Math.max(1, mean(workers.running)) : 1,
        uses: total(workers.handOvers) + (host.kind === 'container' ? total(connects) : 0),
      }),
    concurrency:
      pollers +
      (host.kind === 'lambda' ? most(workers.running) : 0) +
      (most(minutes(callsIn)) / 60) * apiSeconds +
      tickCpuSeconds / secondsPerTick,
  };
}

/** Lambda gives one virtual CPU with so much memory. */
export const mbPerCpu = 1_769;
/** A poller is as fast as its share of a processor. */
const checksPerPoller = functionDefinitions.poll.memoryMb / mbPerCpu / work.checkCpuSeconds;
const apiSeconds = work.apiGbSeconds / (functionDefinitions.api.memoryMb / 1024);
const secondsPerTick = 50;
const workerBytes = 300;

/** Half a read unit for each 4 KB of a partition, the smallest included. */
function listUnits(watches: number): number {
  return 0.5 * Math.max(1, Math.ceil((watches * work.watchBytes) / 4096));
}

/**
 * A poll message names accounts of one host, partition by partition: each partition's key is used once or twice for all of
 * them. Small hosts share messages, in no order: each account is of another partition.
 */
function keysOfPolls(polls: readonly Minutes[], partitions: number): number {
  const small = polls.length - 1;
  return polls.reduce(
    (sum, group, index) =>
      sum +
      group.reduce((so, each) => {
        const met = partitions * (1 - Math.exp(-each / partitions)) + each / limits.pollBatch;
        return so + (index === small ? each : Math.min(each, met));
      }, 0),
    0,
  );
}

export const at = (values: Minutes | undefined, minute: number): number => values?.[minute] ?? 0;
export const total = (values: Minutes): number => values.reduce((sum, each) => sum + each, 0);
export const most = (values: Minutes): number => values.reduce((so, each) => Math.max(so, each), 0);
export const mean = (values: Minutes): number => total(values) / minutesPerDay;

function minutes(of: (minute: number) => number): Minutes {
  return Float64Array.from({ length: minutesPerDay }, (_, minute) => of(minute));
}

function sumAt(groups: readonly Minutes[], minute: number): number {
  return groups.reduce((sum, group) => sum + at(group, minute), 0);
}

function summed(groups: readonly Minutes[]): Minutes {
  return minutes((minute) => sumAt(groups, minute));
}

function shareOfFirst(groups: readonly Minutes[], minute: number): number {
  return at(groups[0], minute) / Math.max(1, sumAt(groups, minute));
}

export const perSecond = (perDay: number): number => perDay / secondsPerDay;
