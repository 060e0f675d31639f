import type { Services } from '../services.ts';
import { type WatchOptions, watchAccount } from './watch-account.ts';

type Running = {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  /** The first try is over, or the watch has ended. */
  readonly settled: Promise<void>;
};

/** The accounts this process watches by IDLE, each on its own: one account's trouble never slows another. */
export class Watchers {
  readonly #services: Services;
  readonly #running = new Map<string, Running>();

  constructor(services: Services) {
    this.#services = services;
  }

  get size(): number {
    return this.#running.size;
  }

  isWatching(accountId: string): boolean {
    return this.#running.has(accountId);
  }

  /**
   * Starts to watch an account, unless it is watched already.
   *
   * @param generation of the lease it is watched under, where other workers might watch it too
   */
  ensure(accountId: string, generation?: () => number): void {
    if (this.#running.has(accountId)) return;
    const abort = new AbortController();
    let onSettled = () => {};
    const firstTry = new Promise<void>((resolve) => {
      onSettled = resolve;
    });
    const ended = this.#watch(accountId, abort.signal, {
      onSettled,
      ...(generation && { generation }),
    }).finally(() => this.#running.delete(accountId));
    this.#running.set(accountId, { abort, ended, settled: Promise.race([firstTry, ended]) });
  }

  /** Resolves when the first try to watch each of these is over: they are waited for, or it went wrong. */
  async settled(accountIds: readonly string[]): Promise<void> {
    await Promise.all(accountIds.map((accountId) => this.#running.get(accountId)?.settled));
  }

  /** Watches an account with what is stored of it now: with a new password, or other settings. */
  async renew(accountId: string): Promise<void> {
    await this.drop(accountId);
    this.ensure(accountId);
  }

  /** Stops watching an account and waits until its connection is closed. */
  async drop(accountId: string): Promise<void> {
    const running = this.#running.get(accountId);
    running?.abort.abort();
    await running?.ended;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((accountId) => this.drop(accountId)));
  }

  async #watch(accountId: string, signal: AbortSignal, options: WatchOptions): Promise<void> {
    this.#services.log.info('watch-started', { account: accountId });
    const reason = await watchAccount(this.#services, accountId, signal, options).catch(() => 'failed');
    this.#services.log.info('watch-stopped', { account: accountId, reason });
  }
}
