import type { PartitionLoads } from '../../store/loads.ts';

/** The part of the partitions that one of several ticks of a minute deals with: each `of`-th, beginning with `index`. */
export type TickShard = { readonly index: number; readonly of: number };

export const onlyShard: TickShard = { index: 0, of: 1 };

export function partitionsOfShard({ index, of }: TickShard, partitions: number): number[] {
  return Array.from({ length: Math.ceil((partitions - index) / of) }, (_, place) => index + place * of);
}

/** Loads of all partitions, from what each tick noted of its own; 0 for those of a tick that has noted nothing yet. */
export function loadsOfAll(noted: readonly PartitionLoads[], partitions: number): number[] {
  const all = Array.from({ length: partitions }, () => 0);
  for (const { index, of, loads } of noted) {
    for (const [place, partition] of partitionsOfShard({ index, of }, partitions).entries()) {
      all[partition] = loads[place] ?? 0;
    }
  }
  return all;
}
