import type { Clock } from '../../../shared/core/clock.ts';
import type { Random } from '../random.ts';

type Step = {
  readonly at: number;
  readonly order: number;
  readonly of: Process | undefined;
  readonly run: () => void;
};

/**
 * A process of the model: what belongs to it happens only while it runs. Paused, it hears of everything later, at once;
 * killed, never. Its clock may differ from the others'.
 */
export class Process {
  readonly name: string;
  readonly skewMs: number;
  state: 'running' | 'paused' | 'killed' = 'running';
  /** What happened to it while it was paused. */
  readonly missed: (() => void)[] = [];

  constructor(name: string, skewMs: number) {
    this.name = name;
    this.skewMs = skewMs;
  }
}

/**
 * Time that passes only by steps: the next thing that happens, in a process or around them. Things at the same moment
 * happen in an order that is drawn.
 */
export class Timeline {
  #now = 1_800_000_000_000;
  readonly #random: Random;
  readonly #heap: Step[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  get now(): number {
    return this.#now;
  }

  /** @param of the process that it happens to; without one it happens whoever runs */
  at(at: number, run: () => void, of?: Process): void {
    push(this.#heap, { at: Math.max(at, this.#now), order: this.#random.next(), of, run });
  }

  after(ms: number, run: () => void, of?: Process): void {
    this.at(this.#now + ms, run, of);
  }

  clockOf(process: Process): Clock {
    return {
      now: () => this.#now + process.skewMs,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) {
            resolve();
            return;
          }
          const wake = () => {
            signal?.removeEventListener('abort', wake);
            resolve();
          };
          signal?.addEventListener('abort', wake, { once: true });
          this.after(ms, wake, process);
        }),
    };
  }

  resume(process: Process): void {
    if (process.state !== 'paused') return;
    process.state = 'running';
    for (const run of process.missed.splice(0)) this.after(0, run, process);
  }

  /** Lets everything happen until `end`. After each step in a process all code runs that it set going. */
  async runUntil(end: number, afterEach: () => void): Promise<void> {
    for (let step = this.#heap[0]; step !== undefined && step.at <= end; step = this.#heap[0]) {
      pop(this.#heap);
      this.#now = step.at;
      if (step.of?.state === 'killed') continue;
      if (step.of?.state === 'paused') {
        step.of.missed.push(step.run);
        continue;
      }
      step.run();
      if (step.of !== undefined) await settled();
      afterEach();
    }
    this.#now = end;
  }
}

/** All promises that could be resolved are, when a macrotask begins. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(one: Step, other: Step): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: Step[], step: Step): void {
  heap.push(step);
  for (let child = heap.length - 1; child > 0; ) {
    const parent = (child - 1) >> 1;
    const [low, high] = [heap[child], heap[parent]];
    if (low === undefined || high === undefined || !isBefore(low, high)) return;
    heap[parent] = low;
    heap[child] = high;
    child = parent;
  }
}

function pop(heap: Step[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let parent = 0; ; ) {
    const [left, right] = [heap[2 * parent + 1], heap[2 * parent + 2]];
    if (left === undefined) return;
    const isRight = right !== undefined && isBefore(right, left);
    const low = isRight ? right : left;
    if (!isBefore(low, last)) return;
    heap[parent] = low;
    parent = 2 * parent + (isRight ? 2 : 1);
    heap[parent] = last;
  }
}
