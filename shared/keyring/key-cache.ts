import type { Clock } from '../core/clock.ts';

type Entry = { readonly key: Promise<Buffer>; readonly until: number };

/**
 * Opened data keys in memory: at most `entries`, each for `keptMs`, the longest unused first out. Who asks for a key that
 * is being opened waits for that one; a failure is not kept.
 */
export class KeyCache {
  readonly #entries = new Map<string, Entry>();
  readonly #limits: { readonly entries: number; readonly keptMs: number };
  readonly #clock: Clock;

  constructor(limits: { readonly entries: number; readonly keptMs: number }, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  async get(name: string, open: () => Promise<Buffer>): Promise<Buffer> {
    const found = this.#entries.get(name);
    this.#entries.delete(name);
    if (found !== undefined && found.until > this.#clock.now()) {
      // A map keeps the order of insertion: put in again, this one is the last to go.
      this.#entries.set(name, found);
      return found.key;
    }
    const key = open();
    const entry = { key, until: this.#clock.now() + this.#limits.keptMs };
    this.#entries.set(name, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries) break;
      this.#entries.delete(oldest);
    }
    try {
      return await key;
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
      throw error;
    }
  }
}
