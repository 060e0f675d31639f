import type { Clock } from '../../shared/core/clock.ts';

export type HandClock = {
  readonly clock: Clock;
  /** What was slept for, ms, in order. */
  readonly sleeps: readonly number[];
  pass(ms: number): void;
};

/**
 * A clock that moves when somebody sleeps, at once and by as much, or is moved by hand. Begins at the machine's time.
 *
 * @param isWaitedOut sleeps for which it does not move: they last until they are ended
 */
export function handClock(isWaitedOut: (ms: number) => boolean = () => false): HandClock {
  let passed = 0;
  const begun = Date.now();
  const sleeps: number[] = [];
  return {
    sleeps,
    pass: (ms) => {
      passed += ms;
    },
    clock: {
      now: () => begun + passed,
      async sleep(ms, signal) {
        // Others get their turn, as they do while somebody really sleeps.
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted) return;
        if (isWaitedOut(ms)) {
          await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
          return;
        }
        sleeps.push(ms);
        passed += Math.max(0, ms);
      },
    },
  };
}
