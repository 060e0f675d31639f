import type { Clock } from './clock.ts';

export type GateRate = {
  /** How many of one name may come in a minute; asked anew each time. Ten seconds' worth may come at once. */
  readonly perMinute: (name: string) => number;
  readonly clock: Clock;
};

const burstMs = 10_000;

type Waiting = { readonly name: string; readonly mostOfOne: number; readonly enter: () => void };

/** Those of one name: who is inside, who waits, and when the next one may come, were there no bursts. */
type Same = { inside: number; waiting: number; pacedTo: number; alarm: AbortController | undefined };

/**
 * Lets in so many at once, so many of one name, and so many of that name in a minute; who comes above that waits for its
 * turn, in order. For logins: a process that starts with hundreds of accounts must neither drown in handshakes nor storm
 * one provider.
 */
export class Gate {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #rate: GateRate | undefined;
  #inside = 0;
  readonly #byName = new Map<string, Same>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Waiting>();

  constructor(most: number, mostOfOne: number, rate?: GateRate) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
    this.#rate = rate;
  }

  /** Does the work as soon as there is room. An abort while waiting ends the wait: then nothing is done. */
  async pass<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    const leave = await this.enter(name, signal);
    try {
      return leave && (await work());
    } finally {
      leave?.();
    }
  }

  /**
   * Goes in as soon as there is room, for who stays longer than one piece of work.
   *
   * @param mostOfOne of this name at once, in place of the gate's own
   * @returns what to call at the end; calling it again does nothing. Undefined after an abort: then nobody went in
   */
  async enter(
    name: string,
    signal?: AbortSignal,
    mostOfOne: number = this.#mostOfOne,
  ): Promise<(() => void) | undefined> {
    if (signal?.aborted) return undefined;
    const isIn = this.#admits(name, mostOfOne) || (await this.#wait(name, mostOfOne, signal));
    if (!isIn) return undefined;
    let isInside = true;
    const leave = () => {
      if (isInside) this.#leave(name);
      isInside = false;
    };
    if (!signal?.aborted) return leave;
    leave();
    return undefined;
  }

  #wait(name: string, mostOfOne: number, signal: AbortSignal | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isIn: boolean) => {
        signal?.removeEventListener('abort', giveUp);
        this.#waiting.delete(waiting);
        this.#of(name).waiting -= 1;
        resolve(isIn);
      };
      const giveUp = () => {
        end(false);
        this.#tidy(name);
      };
      const waiting: Waiting = { name, mostOfOne, enter: () => end(true) };
      this.#waiting.add(waiting);
      this.#of(name).waiting += 1;
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#setAlarm(name);
    });
  }

  /** Whether there is room, which is taken then. */
  #admits(name: string, mostOfOne: number): boolean {
    const same = this.#of(name);
    if (this.#inside >= this.#most || same.inside >= mostOfOne || this.#paceMs(same) > 0) return false;
    this.#inside += 1;
    same.inside += 1;
    if (this.#rate !== undefined) {
      const from = Math.max(same.pacedTo, this.#rate.clock.now());
      same.pacedTo = from + 60_000 / this.#rate.perMinute(name);
    }
    return true;
  }

  /** How long the next one has to wait for the pace. */
  #paceMs({ pacedTo }: Same): number {
    return this.#rate === undefined ? 0 : pacedTo - burstMs - this.#rate.clock.now();
  }

  #leave(name: string): void {
    this.#inside -= 1;
    this.#of(name).inside -= 1;
    this.#letIn();
    this.#tidy(name);
  }

  #letIn(): void {
    for (const waiting of this.#waiting) {
      if (this.#inside >= this.#most) return;
      if (this.#admits(waiting.name, waiting.mostOfOne)) waiting.enter();
      else this.#setAlarm(waiting.name);
    }
  }

  /** Where somebody waits for the pace, one sleep until then. */
  #setAlarm(name: string): void {
    const same = this.#of(name);
    const ms = this.#paceMs(same);
    if (this.#rate === undefined || same.waiting === 0 || same.alarm !== undefined || ms <= 0) return;
    const alarm = new AbortController();
    same.alarm = alarm;
    void this.#rate.clock.sleep(ms, alarm.signal).then(() => {
      same.alarm = undefined;
      this.#letIn();
      this.#tidy(name);
    });
  }

  /** Nothing is kept of a name that nobody comes with, and no timer runs for nobody. */
  #tidy(name: string): void {
    const same = this.#of(name);
    if (same.waiting > 0) this.#setAlarm(name);
    else same.alarm?.abort();
    if (same.waiting + same.inside === 0 && same.alarm === undefined && this.#paceMs(same) <= -burstMs)
      this.#byName.delete(name);
  }

  #of(name: string): Same {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const same: Same = { inside: 0, waiting: 0, pacedTo: 0, alarm: undefined };
    this.#byName.set(name, same);
    return same;
  }
}
