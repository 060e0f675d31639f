import { Readable } from 'node:stream';
import type { ReceivedMail } from '../coi/received-mail.ts';
import { withDeadline } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { connectClient } from './connect-client.ts';
import { type FolderInfo, folderInfos } from './folders.ts';
import type { LeanClient } from './lean-client.ts';
import { connectionLost, mailFault } from './mail-fault.ts';
import { fetchQuery, receivedMailOf } from './received-mail-of.ts';

export type MailLogin = {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls';
  readonly user: string;
  readonly password: string;
};

/** What the server says it can do, after login. */
export type ServerCapabilities = {
  readonly coi: boolean;
  readonly webpush: boolean;
  readonly idle: boolean;
  readonly condstore: boolean;
  readonly qresync: boolean;
  readonly metadata: boolean;
  readonly notify: boolean;
};

export type FolderStatus = {
  readonly uidValidity: number;
  /** Missing at some servers (Winmail, 163.com). */
  readonly uidNext: number | undefined;
  readonly messages: number;
};

/** What ended a wait: the server spoke, it is time to renew, or we were told to stop. */
export type IdleEnd = 'activity' | 'renew' | 'stopped';

/**
 * Connects and logs in, all within one deadline.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openMailSession(
  login: MailLogin,
  network: Network,
  options: { readonly deadlineMs: number },
): Promise<MailSession> {
  return new MailSession(await connectClient(login, network, options.deadlineMs));
}

/**
 * One connection to one mailbox. Every command has a deadline; when it passes, the connection is closed, because nobody
 * knows what its next answer would belong to. All methods throw Fault `mail-host-unreachable` when the connection fails.
 */
export class MailSession {
  readonly capabilities: ServerCapabilities;
  readonly #client: LeanClient;
  #folders: readonly FolderInfo[] = [];
  /** Mail was announced since the last look at the folder: to wait now would be to sleep through it. */
  #announced = false;
  #wake: () => void = () => undefined;

  constructor(client: LeanClient) {
    this.#client = client;
    const has = (name: string) => client.capabilities.has(name);
    this.capabilities = {
      coi: has('COI'),
      webpush: has('WEBPUSH'),
      idle: has('IDLE'),
      condstore: has('CONDSTORE'),
      qresync: has('QRESYNC'),
      metadata: has('METADATA') || has('METADATA-SERVER'),
      notify: has('NOTIFY'),
    };
    client.on('exists', () => {
      this.#announced = true;
      this.#wake();
    });
    client.on('close', () => this.#wake());
  }

  async listFolders(): Promise<readonly FolderInfo[]> {
    this.#folders = folderInfos(await this.#command('LIST', () => this.#client.list()));
    return this.#folders;
  }

  /** The state of a folder without opening it (STATUS). */
  async status(folder: string): Promise<FolderStatus> {
    const status = await this.#command('STATUS', () =>
      this.#client.status(folder, { uidNext: true, uidValidity: true, messages: true }),
    );
    if (status === false) throw connectionLost();
    return {
      uidValidity: Number(status.uidValidity ?? 0),
      uidNext: status.uidNext,
      messages: status.messages ?? 0,
    };
  }

  /** Opens a folder; opening the open one again asks the server for its state anew. */
  async open(folder: string, mode: 'read' | 'write'): Promise<FolderStatus & { acceptsKeywords: boolean }> {
    this.#announced = false;
    const opened = await this.#command('SELECT', () =>
      this.#client.mailboxOpen(folder, { readOnly: mode === 'read' }),
    );
    return {
      uidValidity: Number(opened.uidValidity),
      uidNext: opened.uidNext || undefined,
      messages: opened.exists,
      acceptsKeywords: opened.permanentFlags?.has('\\*') ?? false,
    };
  }

  /**
   * Mails of the open folder from `uid` on, by ascending UID, at most `limit`, without marking any as read. `uid:*` names
   * the last mail even when its UID is lower (RFC 9051 section 6.4.9), so what is below is left out.
   */
  async fetchFrom(uid: number, options: { readonly limit: number }): Promise<ReceivedMail[]> {
    this.#announced = false;
    const { folder, role, uidValidity } = this.#opened();
    const mails = await this.#command('FETCH', async () => {
      const found: ReceivedMail[] = [];
      const range = await this.#rangeFrom(uid, options.limit);
      for await (const message of this.#client.fetch(range, fetchQuery, { uid: true })) {
        if (message.uid >= uid) found.push(receivedMailOf(message, { folder, role, uidValidity }));
      }
      return found;
    });
    return mails.sort((a, b) => a.uid - b.uid).slice(0, options.limit);
  }

  /** The highest UID of the open folder, 0 when it is empty: for servers that do not tell UIDNEXT. */
  async highestUid(): Promise<number> {
    return this.#command('FETCH', async () => {
      let highest = 0;
      for await (const { uid } of this.#client.fetch('*', { uid: true })) highest = Math.max(highest, uid);
      return highest;
    });
  }

  /** UIDs of the open folder that the mailbox got on or after the day of `at` (SEARCH SINCE knows only days). */
  async searchSince(at: number): Promise<number[]> {
    return this.#search({ since: new Date(at) });
  }

  async searchMessageId(messageId: string): Promise<number[]> {
    return this.#search({ header: { 'message-id': messageId } });
  }

  /**
   * Waits by IDLE (RFC 2177) until the server announces mail, `renewAfterMs` pass, or `signal` aborts. Mail announced
   * before the wait began ends it at once. What an announcement means is for the caller to compare; it is a hint only.
   */
  async idle(options: { readonly renewAfterMs: number; readonly signal: AbortSignal }): Promise<IdleEnd> {
    const { renewAfterMs, signal } = options;
    if (signal.aborted) return 'stopped';
    if (this.#announced) return 'activity';
    const waiting = this.#client.idle();
    waiting.catch(() => undefined);
    const end = await this.#woken(renewAfterMs, signal);
    if (!this.#client.usable) throw connectionLost();
    // Any command breaks IDLE; this one proves besides that the connection still answers.
    if (end !== 'activity') await this.#command('NOOP', () => this.#client.noop());
    return end === 'renew' && this.#announced ? 'activity' : end;
  }

  async addFlags(uids: readonly number[], flags: readonly string[]): Promise<void> {
    await this.#command('STORE', () =>
      this.#client.messageFlagsAdd(uids.join(','), [...flags], { uid: true }),
    );
  }

  /** Files a mail; gives its UID where the server tells it (UIDPLUS, RFC 4315). */
  async append(
    folder: string,
    raw: Buffer,
    options: { readonly flags: readonly string[]; readonly receivedAt: number },
  ): Promise<{ uid: number | undefined; uidValidity: number | undefined }> {
    const appended = await this.#command('APPEND', () =>
      this.#client.append(folder, raw, [...options.flags], new Date(options.receivedAt)),
    );
    const { uid, uidValidity } = appended === false ? {} : appended;
    return { uid, uidValidity: uidValidity === undefined ? undefined : Number(uidValidity) };
  }

  /** One body part as transferred, with its MIME header; undefined when the mail is gone. Cut at `limitBytes`. */
  async readPart(
    uid: number,
    part: string,
    limitBytes: number,
  ): Promise<{ mime: Buffer; body: Buffer; truncated: boolean } | undefined> {
    return this.#command('FETCH', async () => {
      const mimeKey = part === '' ? 'header' : `${part}.mime`;
      const bodyKey = part === '' ? 'text' : part;
      const query = { bodyParts: [mimeKey, { key: bodyKey, start: 0, maxLength: limitBytes + 1 }] };
      const message = await this.#client.fetchOne(String(uid), query, { uid: true });
      const body = message === false ? undefined : message.bodyParts?.get(bodyKey);
      if (message === false || body === undefined) return undefined;
      return {
        mime: message.bodyParts?.get(mimeKey) ?? Buffer.alloc(0),
        body: body.subarray(0, limitBytes),
        truncated: body.length > limitBytes,
      };
    });
  }

  /** One mail by UID with header, structure and small body; undefined when it is gone. */
  async fetchOne(uid: number): Promise<ReceivedMail | undefined> {
    const { folder, role, uidValidity } = this.#opened();
    const message = await this.#command('FETCH', () =>
      this.#client.fetchOne(String(uid), fetchQuery, { uid: true }),
    );
    return message === false ? undefined : receivedMailOf(message, { folder, role, uidValidity });
  }

  /**
   * The bytes of a mail, or of one part as transferred, piece by piece: a large mail is never whole in memory.
   * Undefined when the mail is gone.
   */
  async stream(uid: number, part?: string): Promise<Readable | undefined> {
    const first = await this.#piece(uid, part, 0);
    if (first === undefined) return undefined;
    const piece = (start: number) => this.#piece(uid, part, start);
    async function* pieces() {
      let start = 0;
      for (let next: Buffer | undefined = first; next !== undefined && next.length > 0; ) {
        yield next;
        start += next.length;
        if (next.length < limits.streamPieceBytes || start > limits.streamBytes) return;
        next = await piece(start);
      }
    }
    return Readable.from(pieces());
  }

  close(): void {
    this.#client.close();
  }

  async #piece(uid: number, part: string | undefined, start: number): Promise<Buffer | undefined> {
    return this.#command('FETCH', async () => {
      const range = { start, maxLength: limits.streamPieceBytes };
      const query = part === undefined ? { source: range } : { bodyParts: [{ key: part, ...range }] };
      const message = await this.#client.fetchOne(String(uid), query, { uid: true });
      if (message === false) return undefined;
      return part === undefined ? message.source : message.bodyParts?.get(part);
    });
  }

  async #search(query: Parameters<LeanClient['search']>[0]): Promise<number[]> {
    const found = await this.#command('SEARCH', () => this.#client.search(query, { uid: true }));
    return found === false || found === undefined ? [] : [...found].sort((a, b) => a - b);
  }

  /**
   * Everything from `uid` on, while that is little. A folder far behind is asked for in steps, which needs the UIDs: they
   * may have any gaps.
   */
  async #rangeFrom(uid: number, limit: number): Promise<string> {
    const mailbox = this.#client.mailbox;
    const behind = mailbox === false ? 0 : (mailbox.uidNext || 0) - uid;
    if (behind <= limit) return `${uid}:*`;
    const found = await this.#client.search({ uid: `${uid}:*` }, { uid: true });
    const wanted = (found || []).filter((each) => each >= uid).sort((a, b) => a - b);
    const last = wanted[limit - 1];
    return last === undefined ? `${uid}:*` : `${uid}:${last}`;
  }

  #woken(renewAfterMs: number, signal: AbortSignal): Promise<IdleEnd> {
    return new Promise((resolve) => {
      const end = (how: IdleEnd) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        this.#wake = () => undefined;
        resolve(how);
      };
      const stop = () => end('stopped');
      const timer = setTimeout(() => end('renew'), renewAfterMs);
      signal.addEventListener('abort', stop, { once: true });
      this.#wake = () => end('activity');
    });
  }

  #opened() {
    const { mailbox } = this.#client;
    if (mailbox === false) throw connectionLost();
    const known = this.#folders.find((folder) => folder.path === mailbox.path);
    const role = known?.role ?? (mailbox.path.toUpperCase() === 'INBOX' ? 'inbox' : 'other');
    return { folder: mailbox.path, role, uidValidity: Number(mailbox.uidValidity) } as const;
  }

  async #command<T>(name: string, run: () => Promise<T>): Promise<T> {
    try {
      return await withDeadline(run(), limits.imapCommandMs, name, () => this.#client.close());
    } catch (error) {
      throw mailFault(error);
    }
  }
}
