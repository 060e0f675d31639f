import { withAnySignal } from '../../core/any-signal.ts';
import { limits } from '../../core/limits.ts';
import type { Watch, Worker } from '../../store/items.ts';
import { deleteWorker, getWorker, noteWorkerAlive, startWorker } from '../../store/worker.ts';
import type { TickServices } from '../services.ts';
import { HeldPartitions } from './held-partitions.ts';
import { type Connections, WorkerConnections } from './worker-connections.ts';
import { WorkerRoom } from './worker-room.ts';

/** What a worker needs itself; its connections need more. */
export type HoldServices = Pick<TickServices, 'store' | 'clock' | 'log' | 'metrics'>;

export type Holding = {
  /** The worker that was announced in the table; what it is to hold stands there, and may change. */
  readonly workerId: string;
  /** Tells this process from another one that was started for the same worker. */
  readonly instance: string;
  /** Connections it may have. */
  readonly capacity: number;
  /** Which share of its memory the process uses, 0 to 1. */
  readonly memoryUse: () => number;
  /** When the hand-over will begin, ms since the epoch; undefined for a process without an end. */
  readonly drainsAt: number | undefined;
  readonly isPolled: (watch: Watch) => boolean;
  readonly connections: Connections;
  /** Hand over from now on: go on until others have taken everything. */
  readonly drain: AbortSignal;
  /** Close everything now. */
  readonly close: AbortSignal;
};

/** Why a worker ended. `not-mine`: another process was faster; `replaced`: its row is gone, as that of one long dead. */
export type HoldEnd = 'not-mine' | 'replaced' | 'handed-over' | 'closed';

/**
 * The life of a worker: it takes up the partitions it is told to, gives signs of life, follows what changes, and at its
 * end hands over without a gap. Every connection is closed when this returns.
 */
export async function holdPartitions(services: HoldServices, holding: Holding): Promise<HoldEnd> {
  const { store, clock, log } = services;
  const { workerId, instance, drainsAt, capacity, memoryUse, isPolled } = holding;
  const aliveUntil = clock.now() + limits.workerLifeMs;
  if ((await startWorker(store, workerId, instance, { aliveUntil, drainsAt })) === 'taken') return 'not-mine';
  log.info('worker-started', { worker: workerId });
  const connections = new WorkerConnections(holding.connections);
  const room = new WorkerRoom(capacity, memoryUse);
  const partitions = new HeldPartitions(services, { workerId, isPolled, connections, room });
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

async function live(services: HoldServices, holding: Holding, partitions: HeldPartitions): Promise<HoldEnd> {
  const { clock } = services;
  const { drain, close } = holding;
  const upkeep = new Upkeep(services, holding.workerId, partitions);
  while (!close.aborted) {
    const isDraining = drain.aborted;
    const begunAt = clock.now();
    try {
      const row = await beat(services, holding, partitions);
      if (row === undefined) return 'replaced';
      if (isDraining) partitions.stopTaking();
      if (isDraining && partitions.size === 0) return 'handed-over';
      // Neither is waited for: a sign of life depends on the database alone, not on how much there is to do.
      void partitions.takeUp(row.partitions);
      upkeep.run(isDraining ? [] : row.partitions);
    } catch (error) {
      // The database is away: the connections stay, and the leases tell later whether they may.
      troubled(services, holding.workerId, error);
    }
    const pauseMs = isDraining ? limits.handOverLookMs : limits.workerBeatMs;
    const leftMs = Math.max(pauseMs / 2, pauseMs - (clock.now() - begunAt));
    await withAnySignal(isDraining ? [close] : [drain, close], (signal) => clock.sleep(leftMs, signal));
  }
  return 'closed';
}

/** A sign of life; what the worker is to hold comes back. Undefined when there is no such worker any more. */
async function beat(
  { store, clock }: HoldServices,
  { workerId, instance, drain }: Holding,
  { sessions, capacity }: HeldPartitions,
): Promise<Worker | undefined> {
  const noted = await noteWorkerAlive(store, workerId, instance, {
    state: drain.aborted ? 'draining' : 'running',
    sessions,
    capacity,
    aliveUntil: clock.now() + limits.workerLifeMs,
  });
  return noted === 'noted' ? getWorker(store, workerId) : undefined;
}

/** What a worker does beside its signs of life: one round at a time, however long it takes. */
class Upkeep {
  readonly #services: HoldServices;
  readonly #workerId: string;
  readonly #partitions: HeldPartitions;
  #lookedAt: number;
  #isRunning = false;

  constructor(services: HoldServices, workerId: string, partitions: HeldPartitions) {
    this.#services = services;
    this.#workerId = workerId;
    this.#partitions = partitions;
    this.#lookedAt = services.clock.now();
  }

  /** @param staying partitions that this worker is to hold; of the others it lets go what is taken */
  run(staying: readonly number[]): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#round(staying)
      .catch((error: unknown) => troubled(this.#services, this.#workerId, error))
      .finally(() => {
        this.#isRunning = false;
      });
  }

  async #round(staying: readonly number[]): Promise<void> {
    const { clock, metrics } = this.#services;
    await this.#partitions.handOver(staying);
    if (clock.now() - this.#lookedAt < limits.workerListMs) return;
    this.#lookedAt = clock.now();
    metrics.add('IdleSessions', this.#partitions.sessions, {});
    metrics.flush();
    await this.#partitions.look();
  }
}

function troubled({ log }: HoldServices, workerId: string, error: unknown): void {
  log.warn('worker-troubled', { worker: workerId, cause: error instanceof Error ? error.name : 'unknown' });
}
