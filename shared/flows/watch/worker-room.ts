import { limits } from '../../core/limits.ts';

/**
 * How many connections a worker takes: as many as it was announced with, and no more than it has once its memory is nearly
 * full, until it is freer again. What it then cannot take up it hands back: its row tells the tick that it holds less.
 */
export class WorkerRoom {
  readonly #announced: number;
  readonly #memoryUse: () => number;
  #fullAt: number | undefined;

  /** @param memoryUse which share of its memory the process uses, 0 to 1 */
  constructor(announced: number, memoryUse: () => number) {
    this.#announced = announced;
    this.#memoryUse = memoryUse;
  }

  /** Connections it may have, where it has so many now. */
  capacity(sessions: number): number {
    const use = this.#memoryUse();
    if (use >= limits.workerMemoryFull) this.#fullAt ??= sessions;
    else if (use < limits.workerMemoryFree) this.#fullAt = undefined;
    return Math.min(this.#announced, this.#fullAt ?? this.#announced);
  }
}
