import { limits } from '../../core/limits.ts';
import type { Worker } from '../../store/items.ts';
import { listWorkers, noteWorkerDead } from '../../store/worker.ts';
import type { TickServices } from '../services.ts';

/**
 * Finds the workers that died, and notes them as dead for everybody. The clocks of two machines may differ by as much as a
 * worker's life, so that no time in a row proves anything: who seems dead is looked at again after the time of one more
 * sign of life, and only who gave none is. A clock that is behind costs the tick these seconds, one that is ahead makes the
 * death of its worker known later by as much. Who is taken for dead wrongly, because the database kept it waiting, keeps
 * its connections until another has made them too; its next sign of life makes it one worker more, with nothing to hold.
 *
 * @returns all workers, those that died lately too
 */
export async function findDeadWorkers(
  services: Pick<TickServices, 'store' | 'clock' | 'log'>,
): Promise<readonly Worker[]> {
  const { store, clock, log } = services;
  const workers = await listWorkers(store, clock.now());
  const silent = workers.filter((worker) => seemsDead(worker, clock.now()));
  if (silent.length === 0) return workers;
  // One that never started gives no signs of life, and this clock, or one like it, gave it its time.
  if (silent.some(({ state }) => state !== 'starting')) await clock.sleep(limits.workerLookAgainMs);
  for (const worker of silent) {
    if ((await noteWorkerDead(store, worker, clock.now())) === 'alive') continue;
    log.warn('worker-died', { worker: worker.id, state: worker.state });
  }
  return listWorkers(store, clock.now());
}

function seemsDead({ state, aliveUntil }: Worker, now: number): boolean {
  return state !== 'dead' && aliveUntil < now;
}
