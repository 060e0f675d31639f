import type { Services } from './services.ts';
import { watchAccount } from './watch-account.ts';

/** The accounts this process watches by IDLE, each on its own: one account's trouble never slows another. */
export class Watchers {
  readonly #services: Services;
  readonly #running = new Map<string, { abort: AbortController; ended: Promise<void> }>();

  constructor(services: Services) {
    this.#services = services;
  }

  get size(): number {
    return this.#running.size;
  }

  isWatching(accountId: string): boolean {
    return this.#running.has(accountId);
  }

  /** Starts to watch an account, unless it is watched already. */
  ensure(accountId: string): void {
    if (this.#running.has(accountId)) return;
    const abort = new AbortController();
    const ended = this.#watch(accountId, abort.signal).finally(() => this.#running.delete(accountId));
    this.#running.set(accountId, { abort, ended });
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

  async #watch(accountId: string, signal: AbortSignal): Promise<void> {
    this.#services.log.info('watch-started', { account: accountId });
    const reason = await watchAccount(this.#services, accountId, signal).catch(() => 'failed');
    this.#services.log.info('watch-stopped', { account: accountId, reason });
  }
}
