import type { Clock } from '../../../shared/core/clock.ts';
import type { Connections } from '../../../shared/flows/watch/worker-connections.ts';
import type { Store } from '../../../shared/store/client.ts';
import { getWatch, moveCursor } from '../../../shared/store/watch.ts';
import type { Random } from '../random.ts';
import type { Mailbox } from './mailbox.ts';
import type { Process, Timeline } from './timeline.ts';

export type MailSide = {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly store: Store;
  readonly clock: Clock;
  readonly process: Process;
  readonly mailboxes: ReadonlyMap<string, Mailbox>;
  readonly note: (what: string) => void;
};

type Running = {
  readonly abort: AbortController;
  readonly settled: Promise<void>;
  ended: Promise<void>;
  onSettled: () => void;
  /** Logged in, and hearing of new mail. */
  isUp: boolean;
  /** Of the account, as it was when the connection was made. */
  version: number;
  /** Breaks the connection. */
  broken: () => void;
};

/** What `Watchers` are to a worker, with mailboxes of the model: the store is asked as it is by the real ones. */
export class ModelConnections implements Connections {
  readonly #side: MailSide;
  readonly #running = new Map<string, Running>();

  constructor(side: MailSide) {
    this.#side = side;
  }

  get size(): number {
    return this.#running.size;
  }

  isWatching(accountId: string): boolean {
    return this.#running.has(accountId);
  }

  /** Undefined when it is not connected; else the version of the account that it is connected with. */
  upWith(accountId: string): number | undefined {
    const running = this.#running.get(accountId);
    return running?.isUp === true && this.#side.process.state === 'running' ? running.version : undefined;
  }

  ensure(accountId: string, generation?: () => number): void {
    if (this.#running.has(accountId)) return;
    const { promise: settled, resolve: onSettled } = deferred();
    const running: Running = {
      ...{ abort: new AbortController(), settled, onSettled, ended: settled },
      ...{ isUp: false, version: 0, broken: () => {} },
    };
    this.#running.set(accountId, running);
    running.ended = this.#watch(accountId, running, generation).finally(() => {
      this.#running.delete(accountId);
      onSettled();
    });
  }

  async settled(accountIds: readonly string[]): Promise<void> {
    await Promise.all(accountIds.map((accountId) => this.#running.get(accountId)?.settled));
  }

  async drop(accountId: string): Promise<void> {
    const running = this.#running.get(accountId);
    if (running === undefined) return;
    running.isUp = false;
    this.#side.note(`drops ${accountId}`);
    running.abort.abort();
    await running.ended;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((accountId) => this.drop(accountId)));
  }

  /** As a mail server does it that restarts, or a network in between. */
  breakOff(accountId: string): void {
    this.#running.get(accountId)?.broken();
  }

  async #watch(accountId: string, running: Running, generation: (() => number) | undefined): Promise<void> {
    const { store, clock, random, mailboxes } = this.#side;
    const { signal } = running.abort;
    while (!signal.aborted) {
      try {
        const version = mailboxes.get(accountId)?.version ?? 0;
        const watch = await getWatch(store, accountId);
        if (watch === undefined) return;
        const mailbox = await logIn(this.#side, accountId);
        if (signal.aborted) return;
        running.version = version;
        running.isUp = true;
        this.#side.note(`connected to ${accountId}`);
        await this.#hold(mailbox, watch.folders['INBOX']?.uidNext ?? 1, running, generation);
      } catch (error) {
        this.#side.note(`${accountId}: ${error instanceof Error ? error.message : ''}`);
        running.onSettled();
        running.isUp = false;
        await clock.sleep(random.between(1_000, 5_000), signal);
      }
    }
  }

  async #hold(
    mailbox: Mailbox,
    from: number,
    running: Running,
    generation: (() => number) | undefined,
  ): Promise<void> {
    const { signal } = running.abort;
    for (let uidNext = from; !signal.aborted; ) {
      uidNext = await checkMailbox(this.#side, mailbox, uidNext, generation);
      running.onSettled();
      await this.#news(mailbox, uidNext, running);
      if (!running.isUp && !signal.aborted) throw new Error('broken off');
    }
  }

  #news(mailbox: Mailbox, uidNext: number, running: Running): Promise<void> {
    const { timeline, random, process } = this.#side;
    const { signal } = running.abort;
    if (mailbox.uidNext > uidNext || signal.aborted) return Promise.resolve();
    const { promise, resolve } = deferred();
    const stop = mailbox.listen(() => timeline.after(random.between(1, 200), resolve, process));
    signal.addEventListener('abort', resolve, { once: true });
    running.broken = () => {
      running.isUp = false;
      timeline.after(random.between(1, 200), resolve, process);
    };
    return promise.finally(() => {
      stop();
      running.broken = () => {};
      signal.removeEventListener('abort', resolve);
    });
  }
}

/** @throws Error when the server refuses, or says nothing for half a minute */
export async function logIn(side: MailSide, accountId: string): Promise<Mailbox> {
  const { clock, random, mailboxes } = side;
  const mailbox = mailboxes.get(accountId);
  if (mailbox === undefined) throw new Error('no mailbox');
  await clock.sleep(mailbox.server === 'silent' ? 30_000 : random.between(50, 3_000));
  if (mailbox.server !== 'well') throw new Error('not logged in');
  return mailbox;
}

/**
 * Tells of what is new, and moves the cursor, as `check-folder` does it.
 *
 * @throws Error when the lease was taken
 */
export async function checkMailbox(
  { store, timeline }: Pick<MailSide, 'store' | 'timeline'>,
  mailbox: Mailbox,
  from: number,
  generation?: () => number,
): Promise<number> {
  const { accountId, uidNext } = mailbox;
  if (uidNext === from) return from;
  mailbox.tellFrom(from, timeline.now);
  const cursor = (next: number) => ({ uidValidity: 1, uidNext: next });
  const to = cursor(uidNext);
  for (let at = from; ; ) {
    const moved = await moveCursor(store, accountId, 'INBOX', cursor(at), to, undefined, generation?.());
    if (moved === 'moved') return uidNext;
    const stored = (await getWatch(store, accountId))?.folders['INBOX']?.uidNext ?? 0;
    if (stored >= uidNext) return uidNext;
    if (stored <= at) throw new Error('the lease is taken');
    at = stored;
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((onDone) => {
    resolve = onDone;
  });
  return { promise, resolve };
}
