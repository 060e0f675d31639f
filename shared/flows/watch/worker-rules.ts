import { limits } from '../../core/limits.ts';
import type { Lease, Worker } from '../../store/items.ts';

/**
 * Who holds what, and who may take it. No clock is asked whether a worker lives: `find-dead-workers` finds that out for
 * everybody, and it stands in the worker's row.
 */

/** All that there are, by their ids. */
export type Workers = ReadonlyMap<string, Worker>;

/** Whether somebody holds the connections of a partition: a worker that lives and is to hold it, or to hand it over. */
export function isHeld(lease: Lease | undefined, workers: Workers): boolean {
  const holder = holderOf(lease, workers);
  if (lease === undefined || holder === undefined) return false;
  return (
    holder.state === 'draining' || (holder.state === 'running' && holder.partitions.includes(lease.partition))
  );
}

/**
 * Whether a partition lost its holder a short time ago and found no other: its accounts are polled at once, and each minute.
 * One that was never held is none, nor one that has waited long: then there are too few workers, and polls that often would
 * cost what those save.
 */
export function isOrphan(lease: Lease | undefined, workers: Workers, now: number): boolean {
  if (lease === undefined) return false;
  const holder = holderOf(lease, workers);
  const lostAt = lease.workerId === undefined ? lease.releasedAt : diedAt(holder);
  return lostAt !== undefined && now - lostAt < limits.orphanPollMs;
}

/**
 * Whether a worker may take a partition from the one that has its lease: when that one is gone, dead, handing over, or
 * was told to hold it no longer. What this judges may have changed meanwhile; the lease's generation decides.
 */
export function mayTake(lease: Lease | undefined, holder: Worker | undefined, workerId: string): boolean {
  if (lease?.workerId === undefined || lease.workerId === workerId) return true;
  if (holder === undefined || holder.state === 'dead' || holder.state === 'draining') return true;
  return !holder.partitions.includes(lease.partition);
}

function holderOf(lease: Lease | undefined, workers: Workers): Worker | undefined {
  return lease?.workerId === undefined ? undefined : workers.get(lease.workerId);
}

function diedAt(worker: Worker | undefined): number | undefined {
  return worker?.state === 'dead' ? worker.aliveUntil : undefined;
}
