import { limits } from '../../core/limits.ts';
import type { Worker } from '../../store/items.ts';
import { RoomiestFirst } from './roomiest-first.ts';
import { isAlive } from './worker-rules.ts';

export type WorkerNeeds = {
  /** By partition: how many of its accounts want a connection. */
  readonly loads: readonly number[];
  /** All there are, dead ones too. */
  readonly workers: readonly Worker[];
  readonly now: number;
  /** Connections of a worker that would be started. */
  readonly capacity: number;
  /** Workers at the same time, those not counted that hand over; 0 where none can be started. */
  readonly mostWorkers: number;
};

export type WorkerPlan = {
  /** What workers that live already are to hold from now on. */
  readonly changes: readonly { readonly worker: Worker; readonly partitions: readonly number[] }[];
  /** What workers that are to be started will hold. */
  readonly starts: readonly (readonly number[])[];
  /** Partitions that nobody has room for. */
  readonly left: readonly number[];
};

type Bin = { readonly worker: Worker | undefined; readonly partitions: number[]; room: number };

/**
 * Who is to hold which partition. What a living worker holds stays with it; what is free (new, of a dead worker, or of one
 * that hands over) goes to the one with the most room, the largest first, and to a new worker when no one has room. Empty
 * partitions are given out too, so that the first account in one is held within a minute. Computes only: two ticks at
 * once plan the same.
 */
export function planWorkers(needs: WorkerNeeds): WorkerPlan {
  const { loads, workers, now, capacity, mostWorkers } = needs;
  const lasting = workers.filter((worker) => worker.state !== 'draining' && isAlive(worker, now));
  if (loads.every((load) => load === 0)) return { changes: [], starts: [], left: [] };
  const bins = lasting.map((worker) => binOf(worker, loads, now));
  const claimed = new Set(bins.flatMap(({ partitions }) => partitions));
  const free = loads.map((_, partition) => partition).filter((partition) => !claimed.has(partition));
  const left: number[] = [];
  const roomiest = new RoomiestFirst(bins);
  for (const partition of free.toSorted((one, other) => loadAt(loads, other) - loadAt(loads, one))) {
    const load = loadAt(loads, partition);
    const first = roomiest.first;
    if (first !== undefined && first.room >= load) {
      first.partitions.push(partition);
      roomiest.takeOfFirst(load);
    } else if (bins.length < mostWorkers) {
      const bin: Bin = {
        worker: undefined,
        partitions: [partition],
        room: capacity * limits.workerFill - load,
      };
      bins.push(bin);
      roomiest.add(bin);
    } else left.push(partition);
  }
  return {
    changes: bins.flatMap(({ worker, partitions }) =>
      worker === undefined || sameNumbers(worker.partitions, partitions) ? [] : [{ worker, partitions }],
    ),
    starts: bins.filter(({ worker }) => worker === undefined).map(({ partitions }) => partitions),
    left,
  };
}

/** One that will hand over soon gets nothing more; one that grew beyond its capacity loses partitions until it fits. */
function binOf(worker: Worker, loads: readonly number[], now: number): Bin {
  const partitions = worker.partitions.filter((partition) => partition < loads.length);
  const total = () => partitions.reduce((sum, partition) => sum + loadAt(loads, partition), 0);
  while (partitions.length > 1 && total() > worker.capacity) partitions.pop();
  const lasts = worker.drainsAt === undefined || worker.drainsAt - now > limits.handOverSoonMs;
  return { worker, partitions, room: lasts ? worker.capacity * limits.workerFill - total() : -1 };
}

function loadAt(loads: readonly number[], partition: number): number {
  return loads[partition] ?? 0;
}

function sameNumbers(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && others.every((each) => some.includes(each));
}
