/**
 * Lets in so many at once, and so many of one name; who comes above that waits for its turn, in order. For logins: a
 * process that starts with hundreds of accounts must neither drown in handshakes nor storm one provider.
 */
export class Gate {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #inside = new Map<string, number>();
  readonly #waiting: { readonly name: string; readonly enter: () => void }[] = [];

  constructor(most: number, mostOfOne: number) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** Does the work as soon as there is room. An abort while waiting ends the wait: then nothing is done. */
  async pass<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    await this.#room(name, signal);
    if (signal?.aborted) {
      this.#leave(name);
      return undefined;
    }
    try {
      return await work();
    } finally {
      this.#leave(name);
    }
  }

  #room(name: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#admits(name)) {
      this.#enter(name);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const enter = () => {
        signal?.removeEventListener('abort', giveUp);
        this.#enter(name);
        resolve();
      };
      const waiting = { name, enter };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        enter();
      };
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #admits(name: string): boolean {
    let all = 0;
    for (const count of this.#inside.values()) all += count;
    return all < this.#most && (this.#inside.get(name) ?? 0) < this.#mostOfOne;
  }

  #enter(name: string): void {
    this.#inside.set(name, (this.#inside.get(name) ?? 0) + 1);
  }

  #leave(name: string): void {
    const left = (this.#inside.get(name) ?? 1) - 1;
    if (left === 0) this.#inside.delete(name);
    else this.#inside.set(name, left);
    const next = this.#waiting.findIndex((waiting) => this.#admits(waiting.name));
    if (next >= 0) this.#waiting.splice(next, 1)[0]?.enter();
  }
}
