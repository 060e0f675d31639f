import { limits } from '../core/limits.ts';
import type { FolderNews } from './folder-news.ts';
import type { LeanClient } from './lean-client.ts';

/**
 * What ended a wait: the server spoke, it is time to renew, we were told to stop, or the server gave up telling of other
 * folders (`overflow`).
 */
export type IdleEnd = 'activity' | 'renew' | 'stopped' | 'overflow';

type WaitEnd = Exclude<IdleEnd, 'overflow'> | 'broken';

export type WaitOptions = {
  /** How long the IDLE may last, whichever wait it was begun for. */
  readonly renewAfterMs: number;
  readonly signal: AbortSignal;
  readonly news: FolderNews;
  /** Whether a change of flags counts as activity. */
  readonly wakeOnFlags: boolean;
};

/**
 * IDLE (RFC 2177) in the open folder of one connection. What is begun for one wait may go on on the wire after it: the next
 * command ends it there, and a wait with no command in between takes it up again.
 */
export class Idling {
  readonly #client: LeanClient;
  #running: { readonly startedAt: number; readonly end: Promise<'renew' | 'broken'> } | undefined;
  #isAwaited = false;

  constructor(client: LeanClient) {
    this.#client = client;
  }

  /**
   * Waits until the server announces mail anywhere, `renewAfterMs` have passed, `signal` aborts, or the server or the
   * connection ends the IDLE (`broken`).
   *
   * Where the server has no IDLE, imapflow asks it every two minutes with NOOP; for the caller that is the same.
   */
  async wait({ renewAfterMs, signal, news, wakeOnFlags }: WaitOptions): Promise<WaitEnd> {
    if (signal.aborted) return 'stopped';
    return new Promise((resolve) => {
      let isOver = false;
      const end = (how: WaitEnd) => {
        // The IDLE of this wait may end in a later one.
        if (isOver) return;
        isOver = true;
        this.#isAwaited = false;
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        news.off('news', onActivity);
        this.#client.off('flags', onActivity);
        resolve(how);
      };
      const onAbort = () => end('stopped');
      const onActivity = () => end('activity');
      signal.addEventListener('abort', onAbort, { once: true });
      news.on('news', onActivity);
      if (wakeOnFlags) this.#client.on('flags', onActivity);
      this.#isAwaited = true;
      const { startedAt, end: ended } = this.#run();
      const timer = setTimeout(() => end('renew'), startedAt + renewAfterMs - performance.now());
      void ended.then(end);
    });
  }

  #run() {
    const run = this.#running ?? { startedAt: performance.now(), end: this.#idle() };
    this.#running = run;
    return run;
  }

  async #idle(): Promise<'renew' | 'broken'> {
    try {
      return await this.#idleUntilRenewal();
    } catch {
      return 'broken';
    } finally {
      this.#running = undefined;
    }
  }

  /**
   * A server may end an IDLE by itself; to compare and wait anew is right then. One that ends it at once, twice, would be
   * asked again and again without a pause.
   */
  async #idleUntilRenewal(): Promise<'renew' | 'broken'> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const startedAt = performance.now();
      await this.#client.idle();
      if (!this.#isAwaited || performance.now() - startedAt >= limits.idleMinMs) return 'renew';
      if (!this.#client.usable) return 'broken';
    }
    return 'broken';
  }
}
