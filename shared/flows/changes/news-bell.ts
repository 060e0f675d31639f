import { limits } from '../../core/limits.ts';

/** A request that waits for news of its account. */
export type Listener = {
  /** Aborts when there was news since the last call of this; ask before looking, so that none is missed in between. */
  next(): AbortSignal;
  end(): void;
};

/**
 * Tells requests of the same process that wait for news of an account that there is some. What happens in other processes
 * they find by looking.
 */
export class NewsBell {
  readonly #listening = new Map<string, Set<{ rung: AbortController }>>();

  ring(accountId: string): void {
    for (const { rung } of this.#listening.get(accountId) ?? []) rung.abort();
  }

  /** @returns undefined when as many requests of the account wait already as may */
  listen(accountId: string): Listener | undefined {
    const others = this.#listening.get(accountId) ?? new Set();
    if (others.size >= limits.changesWaiting) return undefined;
    const self = { rung: new AbortController() };
    this.#listening.set(accountId, others.add(self));
    return {
      next() {
        self.rung = new AbortController();
        return self.rung.signal;
      },
      end: () => {
        others.delete(self);
        if (others.size === 0) this.#listening.delete(accountId);
      },
    };
  }
}
