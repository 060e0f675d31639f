import type { Watchers } from './watchers.ts';

/** What makes the connections of a worker, by account, and ends them. */
export type Connections = Pick<Watchers, 'size' | 'isWatching' | 'ensure' | 'settled' | 'drop' | 'stop'>;

/**
 * The connections of a worker, without waiting for the end of any: a server that does not answer must not keep the worker
 * from its signs of life. An account that is begun while its former connection is being closed gets one after that.
 */
export class WorkerConnections {
  readonly #connections: Connections;
  /** What is to be connected, with the generation of its lease. */
  readonly #wanted = new Map<string, () => number>();
  readonly #closing = new Map<string, Promise<void>>();

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Those included that are being made. */
  get size(): number {
    return this.#connections.size;
  }

  /** False when the watch has ended by itself too: a login was refused. */
  isWatching(accountId: string): boolean {
    return this.#closing.has(accountId)
      ? this.#wanted.has(accountId)
      : this.#connections.isWatching(accountId);
  }

  begin(accountId: string, generation: () => number): void {
    this.#wanted.set(accountId, generation);
    if (!this.#closing.has(accountId)) this.#connections.ensure(accountId, generation);
  }

  end(accountId: string): void {
    this.#wanted.delete(accountId);
    if (this.#closing.has(accountId)) return;
    const closed = this.#connections.drop(accountId).then(() => {
      this.#closing.delete(accountId);
      const generation = this.#wanted.get(accountId);
      if (generation !== undefined) this.#connections.ensure(accountId, generation);
    });
    this.#closing.set(accountId, closed);
  }

  /** Resolves when the first try to connect to each of these is over. */
  async settled(accountIds: readonly string[]): Promise<void> {
    await Promise.all(accountIds.map((accountId) => this.#closing.get(accountId)));
    await this.#connections.settled(accountIds);
  }

  /** Ends all, and waits for that. */
  async stop(): Promise<void> {
    this.#wanted.clear();
    await this.#connections.stop();
  }
}
