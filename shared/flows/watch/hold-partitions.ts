import { limits } from '../../core/limits.ts';
import type { Watch, Worker } from '../../store/items.ts';
import { deleteWorker, getWorker, noteWorkerAlive, startWorker } from '../../store/worker.ts';
import type { Services } from '../services.ts';
import { HeldPartitions } from './held-partitions.ts';

export type Holding = {
  /** The worker that was announced in the table; what it is to hold stands there, and may change. */
  readonly workerId: string;
  /** Tells this process from another one that was started for the same worker. */
  readonly instance: string;
  /** When the hand-over will begin, ms since the epoch; undefined for a process without an end. */
  readonly drainsAt: number | undefined;
  readonly isPolled: (watch: Watch) => boolean;
  /** Hand over from now on: go on until others have taken everything. */
  readonly drain: AbortSignal;
  /** Close everything now. */
  readonly close: AbortSignal;
};

/** Why a worker ended. `not-mine`: another process was faster; `replaced`: others took it for dead and cleared it away. */
export type HoldEnd = 'not-mine' | 'replaced' | 'handed-over' | 'closed';

/**
 * The life of a worker: it takes up the partitions it is told to, gives signs of life, follows what changes, and at its
 * end hands over without a gap. Every connection is closed when this returns.
 */
export async function holdPartitions(services: Services, holding: Holding): Promise<HoldEnd> {
  const { store, clock, log } = services;
  const { workerId, instance, drainsAt } = holding;
  const aliveUntil = clock.now() + limits.workerLifeMs;
  if ((await startWorker(store, workerId, instance, { aliveUntil, drainsAt })) === 'taken') return 'not-mine';
  log.info('worker-started', { worker: workerId });
  const partitions = new HeldPartitions(services, workerId, holding.isPolled);
  let end: HoldEnd = 'closed';
  try {
    end = await live(services, holding, partitions);
  } finally {
    await partitions.close();
    await deleteWorker(store, workerId, instance);
    services.metrics.flush();
    log.info('worker-ended', { worker: workerId, reason: end });
  }
  return end;
}

async function live(services: Services, holding: Holding, partitions: HeldPartitions): Promise<HoldEnd> {
  const { clock, log, metrics } = services;
  const { drain, close, workerId } = holding;
  let lookedAt = clock.now();
  while (!close.aborted) {
    const isDraining = drain.aborted;
    try {
      const row = await beat(services, holding, partitions.sessions);
      if (row === undefined) return 'replaced';
      await partitions.handOver(isDraining ? [] : row.partitions);
      if (isDraining && partitions.size === 0) return 'handed-over';
      // Not waited for: connecting takes longer than the pause between two signs of life.
      if (!isDraining) void partitions.takeUp(row.partitions);
      if (clock.now() - lookedAt >= limits.workerListMs) {
        lookedAt = clock.now();
        await partitions.look();
        metrics.add('IdleSessions', partitions.sessions, {});
        metrics.flush();
      }
    } catch (error) {
      // The database is away: the connections stay, and the leases tell later whether they may.
      log.warn('worker-troubled', {
        worker: workerId,
        cause: error instanceof Error ? error.name : 'unknown',
      });
    }
    await clock.sleep(
      isDraining ? limits.handOverLookMs : limits.workerBeatMs,
      isDraining ? close : AbortSignal.any([drain, close]),
    );
  }
  return 'closed';
}

/** A sign of life; what the worker is to hold comes back. Undefined when it is no longer this process's. */
async function beat(services: Services, holding: Holding, sessions: number): Promise<Worker | undefined> {
  const { store, clock } = services;
  const { workerId, instance, drain } = holding;
  const noted = await noteWorkerAlive(store, workerId, instance, {
    state: drain.aborted ? 'draining' : 'running',
    sessions,
    aliveUntil: clock.now() + limits.workerLifeMs,
  });
  return noted === 'noted' ? getWorker(store, workerId) : undefined;
}
