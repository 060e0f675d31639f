import { limits } from '../../../shared/core/limits.ts';
import type { Write } from './table-in-memory.ts';

/** What a taker saw may be as old as its joining and its requests take. */
const seenMs = limits.workerJoinMs + 30_000;

/**
 * A partition is taken only from a worker that may be relieved of it: one that is dead, gone, hands over, or was told to
 * hold it no longer. Holds while no process stands still between its look at the lease and its taking it.
 */
export class TakingRules {
  readonly broken: string[] = [];
  readonly #now: () => number;
  readonly #workers = new Map<string, Write['after']>();
  readonly #holders = new Map<string, string>();
  /** When each partition's holder ceased to be one that may be relieved, since it has the lease. */
  readonly #freeUntil = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  check({ pk, sk, after }: Write): void {
    if (pk === 'WORKERS') this.#noteWorker(sk, after);
    else if (sk === 'LEASE') this.#checkLease(pk, after?.['w']?.S);
  }

  #noteWorker(id: string, after: Write['after']): void {
    const held = [...this.#holders].filter(([, holder]) => holder === id).map(([pk]) => pk);
    const free = held.filter((pk) => this.#mayBeTaken(pk));
    this.#workers.set(id, after);
    for (const pk of free) this.#freeUntil.set(pk, this.#now());
  }

  #checkLease(pk: string, owner: string | undefined): void {
    const former = this.#holders.get(pk);
    if (owner === former) return;
    const wasFree = this.#now() - (this.#freeUntil.get(pk) ?? 0) < seenMs;
    if (former !== undefined && owner !== undefined && !wasFree && !this.#mayBeTaken(pk))
      this.broken.push(`${owner} took ${pk} from ${former}, which lives and is to hold it`);
    this.#freeUntil.delete(pk);
    if (owner === undefined) this.#holders.delete(pk);
    else this.#holders.set(pk, owner);
  }

  #mayBeTaken(pk: string): boolean {
    const row = this.#workers.get(this.#holders.get(pk) ?? '');
    if (row === undefined || row['s']?.S === 'dead' || row['s']?.S === 'draining') return true;
    return row['p']?.L?.some(({ N }) => `P#${N}` === pk) !== true;
  }
}
