import { type Clock, systemClock } from '../../../shared/core/clock.ts';

/** One time for several processes, which runs faster than ours. Plain data, so that it can be handed to them. */
export type FastTime = {
  /** When it began, by the clock of the machine. */
  readonly startedAt: number;
  readonly factor: number;
  /**
   * How far it is behind the machine's at its start. Mail has the machine's time: were it to fall far behind, it would be
   * taken for old, and alert nobody.
   */
  readonly behindMs: number;
};

/** @param skewMs how far this process's clock is off, in its own time */
export function fastClock({ startedAt, factor, behindMs }: FastTime, skewMs = 0): Clock {
  return {
    now: () => Math.round(startedAt - behindMs + (Date.now() - startedAt) * factor + skewMs),
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
