import { limits } from '../../core/limits.ts';
import type { Lease, Worker } from '../../store/items.ts';

/** Whether a worker shows signs of life. Clocks differ, so it is given some seconds more. */
export function isAlive(worker: Worker, now: number): boolean {
  return worker.aliveUntil + limits.workerSkewMs >= now;
}

/** Whether somebody holds the connections of a partition: its lease is that of a worker that started and lives. */
export function isHeld(lease: Lease | undefined, workers: readonly Worker[], now: number): boolean {
  const holder = workers.find(({ id }) => id === lease?.workerId);
  return holder !== undefined && holder.state !== 'starting' && isAlive(holder, now);
}

/**
 * Whether a worker may take a partition from the one that has its lease: when that one is gone, dead, handing over, or
 * was told to hold it no longer. What this judges may have changed meanwhile; the lease's generation decides.
 */
export function mayTake(
  lease: Lease | undefined,
  holder: Worker | undefined,
  workerId: string,
  now: number,
): boolean {
  if (lease?.workerId === undefined || lease.workerId === workerId) return true;
  if (holder === undefined || !isAlive(holder, now)) return true;
  return holder.state === 'draining' || !holder.partitions.includes(lease.partition);
}
