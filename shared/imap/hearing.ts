import { FolderNews, type FolderState } from './folder-news.ts';
import type { LeanClient } from './lean-client.ts';
import type { MailConnection } from './mail-connection.ts';
import { connectionLost } from './mail-fault.ts';
import { type Listening, notifyOf, notifyOfOpenFolder } from './notify.ts';
import { type IdleEnd, Idling } from './wait-in-idle.ts';

export type IdleOptions = {
  readonly renewAfterMs: number;
  readonly signal: AbortSignal;
  /** Whether a change of flags counts as activity. */
  readonly wakeOnFlags?: boolean;
};

/** What the server tells by itself over a connection: of the open folder, and by NOTIFY of others. */
export class Hearing {
  readonly #connection: MailConnection;
  #idling: Idling;
  /** Mail was announced since the last look at its folder: to wait now would be to sleep through it. */
  readonly #news = new FolderNews();
  /** The folders that the server tells of besides the open one, as they were named. */
  #listensFor: readonly string[] | undefined;
  /** Flags of some mail changed since the last wait or look at the folder. */
  #flagged = false;

  constructor(connection: MailConnection) {
    this.#connection = connection;
    this.#idling = this.#idlingOn(connection.client);
  }

  /** The connection goes on over this one, of which nothing was asked yet. */
  moveTo(client: LeanClient): void {
    this.#idling = this.#idlingOn(client);
    this.#listensFor = undefined;
    this.#news.listenFor([]);
  }

  #idlingOn(client: LeanClient): Idling {
    client.on('exists', ({ path }: { readonly path: string }) => {
      this.#news.announce({ path, uidValidity: undefined, uidNext: undefined });
    });
    client.on('flags', () => {
      this.#flagged = true;
    });
    return new Idling(client);
  }

  get listensFor(): readonly string[] | undefined {
    return this.#listensFor;
  }

  /** A folder is being opened: all that was told of it until now is known then. */
  opens(folder: string): void {
    this.#news.forget(folder);
    this.#flagged = false;
  }

  /** The mails of a folder are being looked at. */
  looksAt(folder: string): void {
    this.#news.forget(folder);
  }

  takeNews(): readonly FolderState[] {
    return this.#news.take();
  }

  /**
   * @param folders that were listed, and are to be told of
   * @param options.more may be told of too, as soon as they are made
   * @param options.open is the one that is open, and cannot prove anything
   */
  async notify(
    folders: readonly string[],
    options: { readonly open: string; readonly more: readonly string[]; readonly withFlags: boolean },
  ): Promise<Listening> {
    const { open, more, withFlags } = options;
    const names = [...new Set([...folders, ...more])];
    const proving = folders.filter((path) => path !== open);
    const answer = await this.#connection.command('NOTIFY', (client) =>
      notifyOf(client, names, this.#news, { withFlags, proving }),
    );
    this.#listensFor = answer === 'listening' ? folders : undefined;
    return answer;
  }

  async notifyOfOpenFolder(withFlags: boolean): Promise<void> {
    this.#listensFor = undefined;
    const isTaken = await this.#connection.command('NOTIFY', (client) =>
      notifyOfOpenFolder(client, this.#news, withFlags),
    );
    if (isTaken) return;
    this.#connection.close();
    throw connectionLost();
  }

  async idle({ signal, wakeOnFlags = false, ...options }: IdleOptions): Promise<IdleEnd> {
    const news = this.#news;
    if (!signal.aborted && news.isOverflown) return 'overflow';
    if ((!news.isEmpty || (wakeOnFlags && this.#flagged)) && !signal.aborted) {
      this.#flagged = false;
      return 'activity';
    }
    const renewAfterMs = Math.min(options.renewAfterMs, this.#connection.provider.idleRenewMs);
    const end = await this.#idling.wait({ renewAfterMs, signal, news, wakeOnFlags });
    this.#flagged = false;
    if (end === 'broken') {
      this.#connection.close();
      throw connectionLost(this.#connection.client.farewell);
    }
    if (end === 'activity' && news.isOverflown) return 'overflow';
    if (end !== 'renew') return end;
    // Any command ends the IDLE; this one shows that the connection still answers, or closes it.
    await this.#connection.command('NOOP', (client) => client.noop());
    return news.isEmpty ? 'renew' : 'activity';
  }
}
