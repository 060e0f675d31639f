import { inLanes } from '../../core/lanes.ts';
import { limits } from '../../core/limits.ts';
import type { Worker } from '../../store/items.ts';
import { assignPartitions, createWorker } from '../../store/worker.ts';
import type { TickServices } from '../services.ts';
import { planWorkers } from './plan-workers.ts';

export type WorkerStart = {
  /** Starts a process for the worker that was announced; undefined where workers start themselves. */
  readonly start: ((workerId: string) => Promise<void>) | undefined;
  /** Workers at the same time, those not counted that hand over. */
  readonly mostWorkers: number;
  /** Connections of one that is started; left out, as many as Lambda has room for. */
  readonly capacity?: number;
};

/**
 * Sees to it that all partitions with accounts that want a connection are held: tells the workers that live what to hold,
 * and starts those that are missing. A worker is announced before it is started, under a name that tells the minute and
 * its first partition: a tick that runs twice starts it once. One that was announced by a former tick and is not there yet
 * is started once more: of two processes, one becomes the worker.
 *
 * @param workers all of them, with those that died noted as such
 * @returns how many were started
 */
export async function startWorkers(
  services: TickServices,
  loads: readonly number[],
  workers: readonly Worker[],
  { start, mostWorkers, capacity = limits.workerSessions }: WorkerStart,
): Promise<number> {
  const { store, clock, log } = services;
  const now = clock.now();
  const plan = planWorkers({
    loads,
    workers,
    now,
    capacity,
    mostWorkers: start === undefined ? 0 : mostWorkers,
  });
  await inLanes(plan.changes, limits.tickLanes, async ({ worker, partitions }) => {
    await assignPartitions(store, worker, partitions);
  });
  if (plan.left.length > 0) log.warn('partitions-left', { partitions: plan.left.length });
  for (const { id } of workers.filter((worker) => isOverdue(worker, now))) await start?.(id);
  let started = 0;
  // Of thousands of workers, dozens begin in each minute.
  await inLanes(plan.starts, limits.tickLanes, async (partitions) => {
    const worker = announced(partitions, capacity, now);
    if ((await createWorker(store, worker)) === 'exists') return;
    await start?.(worker.id);
    started += 1;
  });
  return started;
}

function isOverdue({ state, aliveUntil }: Worker, now: number): boolean {
  return state === 'starting' && now - (aliveUntil - limits.workerStartMs) >= limits.workerStartAgainMs;
}

function announced(partitions: readonly number[], capacity: number, now: number): Worker {
  return {
    id: `${Math.floor(now / 60_000)}-${Math.min(...partitions)}`,
    state: 'starting',
    instance: undefined,
    capacity,
    sessions: 0,
    partitions,
    version: 1,
    aliveUntil: now + limits.workerStartMs,
    drainsAt: undefined,
  };
}
