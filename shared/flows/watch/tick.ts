import { inLanes } from '../../core/lanes.ts';
import { limits } from '../../core/limits.ts';
import { providerOf } from '../../providers/provider-table.ts';
import { listHostCircuits } from '../../store/host-circuit.ts';
import type { Lease, PendingWork, Watch } from '../../store/items.ts';
import { listPartition, type PartitionContent } from '../../store/partition.ts';
import type { TickServices } from '../services.ts';
import { mayCheck } from './back-off.ts';
import { digestOfHost } from './circuit-rules.ts';
import { isPollDue, isSampled } from './due.ts';
import { HostsInTrouble } from './hosts-in-trouble.ts';
import { type DueAccount, type PollBatch, planPolls } from './plan-polls.ts';
import { onlyShard, partitionsOfShard } from './tick-shards.ts';

export type TickOptions = {
  /** Which accounts a host polls: those whose mode, after the host's own setting, is not left to IDLE. */
  readonly isPolled: (watch: Watch) => boolean;
  /**
   * Whether a worker holds the connections of a partition: what nobody holds is polled meanwhile. Left out by a host that
   * holds all of them itself.
   */
  readonly isHeld?: (lease: Lease | undefined) => boolean;
  /** Whether a partition lost its holder a short time ago: its accounts are polled now, however long they were silent. */
  readonly isOrphan?: (lease: Lease | undefined) => boolean;
  /** The partitions that are dealt with; left out: all. */
  readonly partitions?: readonly number[];
  /** How many ticks share the minute; left out: only this one. */
  readonly ticks?: number;
  /** How many logins a host takes; left out, as its provider does. */
  readonly loginsPerMinute?: (host: string) => number;
  /** When the minute was begun, which decides who is due, ms since the epoch. Left out: now. */
  readonly at?: number;
};

export type TickReport = {
  readonly accounts: number;
  readonly polls: number;
  /** By what the intervals of polls were stretched in this minute; 1 while all of them are made in time. */
  readonly stretch: number;
  readonly requeued: number;
  /** Items of the table that could not be read and were left out: each is a fault to look into. */
  readonly unreadableItems: number;
  /** Partitions that could not be read or dealt with; the next tick tries again. */
  readonly failedPartitions: number;
  /** By partition: how many of its accounts want a connection. */
  readonly loads: readonly number[];
};

/**
 * The minute tick: queues the polls that are due, and brings back promised work whose queue message was lost or spent.
 * Reads each partition once and writes nothing; running it twice only wakes a worker in vain.
 */
export async function tick(services: TickServices, options: TickOptions): Promise<TickReport> {
  const { store, log, queues } = services;
  const now = options.at ?? services.clock.now();
  // Before this tick, and others of the same minute, add theirs.
  const waiting = await countWaiting(services);
  const hosts = new HostsInTrouble(await listHostCircuits(store, now), now);
  const found = new Findings(now, options, hosts);
  const partitions = [...(options.partitions ?? partitionsOfShard(onlyShard, store.partitions))];
  const lanes = Array.from({ length: limits.tickLanes }, async () => {
    for (let next = partitions.shift(); next !== undefined; next = partitions.shift()) {
      try {
        const content = await listPartition(store, next, now);
        for (const work of found.note(next, content)) await requeue(services, work);
      } catch (error) {
        found.failedPartitions += 1;
        log.error('tick-failed', { partition: next, cause: error instanceof Error ? error.name : 'unknown' });
      }
    }
  });
  await Promise.all(lanes);
  const { ticks = 1, loginsPerMinute = (host: string) => providerOf(host).loginsPerMinute } = options;
  const plan = planPolls(found.due, { now, waiting, ticks, loginsPerMinute });
  const scheduled = { at: now, stretch: plan.stretch };
  const probes = hosts.probes.map((accountId) => ({ accountIds: [accountId], host: undefined }));
  await inLanes([...plan.batches, ...probes], limits.tickLanes, ({ accountIds, host }: PollBatch) =>
    queues.send(
      'poll',
      { accountIds, scheduled },
      { group: host === undefined ? undefined : digestOfHost(host) },
    ),
  );
  for (let start = 0; start < found.sampled.length; start += limits.pollBatch) {
    const accountIds = found.sampled.slice(start, start + limits.pollBatch);
    await queues.send('poll', { accountIds, scheduled, isSample: true });
  }
  found.tell(services);
  const { accounts, requeued, unreadableItems, failedPartitions } = found;
  const { stretch } = plan;
  const polls = plan.polls + probes.length;
  const counts = { accounts, polls, stretch, requeued, unreadableItems, failedPartitions };
  log.info('tick-ran', { ...counts, waiting });
  return {
    ...counts,
    loads: Array.from({ length: store.partitions }, (_, partition) => found.loads[partition] ?? 0),
  };
}

/** A count that cannot be had changes nothing. */
async function countWaiting({ queues, log }: TickServices): Promise<number> {
  try {
    return await queues.waiting('poll');
  } catch (error) {
    log.warn('polls-not-counted', { cause: error instanceof Error ? error.name : 'unknown' });
    return 0;
  }
}

/** What one tick finds in the partitions. */
class Findings {
  accounts = 0;
  requeued = 0;
  unreadableItems = 0;
  failedPartitions = 0;
  readonly due: DueAccount[] = [];
  readonly sampled: string[] = [];
  readonly loads: number[] = [];
  readonly #now: number;
  readonly #options: TickOptions;
  readonly #hosts: HostsInTrouble;
  readonly #states = { held: 0, waiting: 0, polled: 0, serverpush: 0 };
  readonly #overdueMs = { push: 0, send: 0 };

  constructor(now: number, options: TickOptions, hosts: HostsInTrouble) {
    this.#now = now;
    this.#options = options;
    this.#hosts = hosts;
  }

  /** @returns the work whose time has come */
  note(partition: number, { watches, pending, lease, unreadable }: PartitionContent): PendingWork[] {
    const { isPolled, isHeld = () => true, isOrphan = () => false } = this.#options;
    const isWaitedFor = isHeld(lease);
    const isAlarmed = !isWaitedFor && isOrphan(lease);
    this.accounts += watches.length;
    this.unreadableItems += unreadable;
    let load = 0;
    for (const watch of watches) {
      const polled = isPolled(watch);
      if (!polled) load += 1;
      this.#states[
        polled ? (watch.mode === 'serverpush' ? 'serverpush' : 'polled') : isWaitedFor ? 'held' : 'waiting'
      ] += 1;
      const { accountId, host } = watch;
      const isAtHand = !polled && isWaitedFor;
      if (isAtHand && !isSampled(accountId, this.#now)) continue;
      if (this.#hosts.leavesOut(watch) || !mayCheck(watch, this.#now)) continue;
      if (isAtHand) {
        this.sampled.push(accountId);
        continue;
      }
      // Who lost the connection in which he was waited for is polled as if he had been active just now.
      const lastActivityAt = !polled && isAlarmed ? this.#now : watch.lastActivityAt;
      if (isPollDue(accountId, lastActivityAt, this.#now)) this.due.push({ accountId, host, lastActivityAt });
    }
    this.loads[partition] = load;
    const ripe = pending.filter(({ notBeforeAt }) => notBeforeAt <= this.#now);
    for (const { kind, notBeforeAt } of ripe)
      this.#overdueMs[kind] = Math.max(this.#overdueMs[kind], this.#now - notBeforeAt);
    this.requeued += ripe.length;
    return ripe;
  }

  tell({ metrics }: TickServices): void {
    for (const state of ['held', 'waiting', 'polled', 'serverpush'] as const)
      metrics.add('Accounts', this.#states[state], { state });
    for (const kind of ['push', 'send'] as const)
      metrics.add('PendingWorkAge', Math.round(this.#overdueMs[kind] / 1000), { kind });
  }
}

async function requeue(services: TickServices, work: PendingWork): Promise<void> {
  switch (work.kind) {
    case 'push':
      await services.queues.send('push', { accountId: work.accountId, id: work.id });
      return;
    case 'send':
      await services.queues.send(
        'send',
        { accountId: work.accountId, messageId: work.messageId },
        { group: work.accountId },
      );
      return;
  }
}
