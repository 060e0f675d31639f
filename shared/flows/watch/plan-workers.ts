import { limits } from '../../core/limits.ts';
import type { Worker } from '../../store/items.ts';
import { RoomiestFirst } from './roomiest-first.ts';

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
 * partitions are given out too, so that the first account in one is held within a minute. A partition that two were told
 * to hold, by two ticks at once, stays with one of them; one with more accounts than a new worker holds is left. Computes
 * only: two ticks that see the same plan the same.
 */
export function planWorkers(needs: WorkerNeeds): WorkerPlan {
  const { loads, workers, now, capacity, mostWorkers } = needs;
  if (loads.every((load) => load === 0)) return { changes: [], starts: [], left: [] };
  const claimed = new Set<number>();
  const bins = lasting(workers).map((worker) => binOf(worker, loads, claimed, now));
  const free = loads.map((_, partition) => partition).filter((partition) => !claimed.has(partition));
  const left: number[] = [];
  const roomiest = new RoomiestFirst(bins);
  for (const partition of free.toSorted((one, other) => loadAt(loads, other) - loadAt(loads, one))) {
    const load = loadAt(loads, partition);
    const first = roomiest.first;
    if (first !== undefined && first.room >= load) {
      first.partitions.push(partition);
      roomiest.takeOfFirst(load);
    } else if (bins.length < mostWorkers && load <= capacity) {
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

/** Those that run come first: what they were told to hold, they hold already. */
function lasting(workers: readonly Worker[]): Worker[] {
  const inState = (wanted: Worker['state']) => workers.filter(({ state }) => state === wanted);
  return [...inState('running'), ...inState('starting')];
}

/**
 * One that will hand over soon gets nothing more; one that has less room than its accounts take, because they became more
 * or its memory is full, loses what it was told last until they fit.
 */
function binOf(worker: Worker, loads: readonly number[], claimed: Set<number>, now: number): Bin {
  const partitions: number[] = [];
  let total = 0;
  for (const partition of worker.partitions) {
    if (partition >= loads.length || claimed.has(partition)) continue;
    if (total + loadAt(loads, partition) > worker.capacity) continue;
    partitions.push(partition);
    total += loadAt(loads, partition);
    claimed.add(partition);
  }
  const lasts = worker.drainsAt === undefined || worker.drainsAt - now > limits.handOverSoonMs;
  return { worker, partitions, room: lasts ? worker.capacity * limits.workerFill - total : -1 };
}

function loadAt(loads: readonly number[], partition: number): number {
  return loads[partition] ?? 0;
}

function sameNumbers(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && others.every((each) => some.includes(each));
}
