/** A mailbox of the model: how much mail it has, and of which its user was told. */
export class Mailbox {
  readonly accountId: string;
  /** When each mail came; the first has UID 1. */
  readonly cameAt: number[] = [];
  /** When each was first told of, by UID. */
  readonly toldAt = new Map<number, number>();
  /** How often its owner changed something that a connection has to be made anew for. */
  version = 0;
  isWatched = false;
  isPolled = false;
  /** Since when its server takes no logins, or leaves them without an answer. */
  server: 'well' | 'refusing' | 'silent' = 'well';
  readonly #listeners = new Set<() => void>();

  constructor(accountId: string) {
    this.accountId = accountId;
  }

  get uidNext(): number {
    return this.cameAt.length + 1;
  }

  deliver(at: number): void {
    this.cameAt.push(at);
    for (const listener of this.#listeners) listener();
  }

  /** Tells its user of all mail from `uid` on. */
  tellFrom(uid: number, at: number): void {
    for (let each = uid; each < this.uidNext; each++) if (!this.toldAt.has(each)) this.toldAt.set(each, at);
  }

  /** @returns what ends it */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
