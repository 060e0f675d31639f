import { limits } from '../../shared/core/limits.ts';

/** Who opens the keys of partitions: so many processes, each of which may be the one that deals with any of them. */
export type KeyUse = {
  readonly partitions: number;
  readonly processes: number;
  /** In a day, of all processes. */
  readonly uses: number;
};

const dayMs = 24 * 3_600_000;

/**
 * How often KMS is asked in a day to open a key. A process keeps what it opened for a while, and up to a number; the more
 * processes there are, the less often one is asked for a key that it has. Computed for uses that are spread evenly.
 */
export function keyRequestsPerDay({ partitions, processes, uses }: KeyUse): number {
  if (uses === 0) return 0;
  const pushedOut = Math.max(0, 1 - limits.openKeys / partitions);
  const usesWhileKept = (uses / partitions / processes) * (limits.openKeyMs / dayMs);
  const tooOld = 1 / (1 + usesWhileKept);
  return uses * (1 - (1 - pushedOut) * (1 - tooOld));
}
