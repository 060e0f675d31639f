import type { Readable } from 'node:stream';
import type { SearchObject } from 'imapflow';
import type { Header } from '../coi/header.ts';
import { originalIdField } from '../coi/message-id.ts';
import type { ReceivedMail } from '../coi/received-mail.ts';
import type { Capabilities } from '../core/capabilities.ts';
import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { capabilitiesOf } from './capabilities.ts';
import { connectClient, type MailLogin } from './connect-client.ts';
import { createFolder, folderPath } from './create-folder.ts';
import { fetchMails, fetchMailsCarefully } from './fetch-mails.ts';
import { fetchFields, fetchRaw, type RawMail } from './fetch-raw.ts';
import { chatSearch, type Moving, movingAt, type NewPlaces, takeTo } from './file-mails.ts';
import type { FolderState } from './folder-news.ts';
import { folderStates } from './folder-states.ts';
import type { FolderInfo } from './folders.ts';
import { Hearing, type IdleOptions } from './hearing.ts';
import { KnownFolders } from './known-folders.ts';
import type { LeanClient } from './lean-client.ts';
import { type ConnectionOptions, MailConnection } from './mail-connection.ts';
import { connectionLost } from './mail-fault.ts';
import {
  type GetMetadataOptions,
  getMetadata,
  type MetadataFound,
  type MetadataRefusal,
  setMetadata,
} from './metadata.ts';
import type { Listening } from './notify.ts';
import { type MailPart, readPart } from './read-part.ts';
import { moveMails, type Removal, removeMails } from './remove-mails.ts';
import { streamPieces } from './stream-pieces.ts';
import type { IdleEnd } from './wait-in-idle.ts';

export type {
  Capabilities,
  FolderInfo,
  FolderState,
  IdleEnd,
  Listening,
  MailLogin,
  MailPart,
  MetadataFound,
  MetadataRefusal,
  Moving,
  NewPlaces,
  RawMail,
  Removal,
};

export type FolderStatus = {
  readonly uidValidity: number;
  /** Missing at some servers (Winmail, 163.com). */
  readonly uidNext: number | undefined;
  readonly messages: number;
};

export type OpenFolder = FolderStatus & {
  /** Whether flags of our own, like `$Chat`, can be set now; never in a folder opened for reading. PERMANENTFLAGS, RFC 9051. */
  readonly acceptsKeywords: boolean;
};

export type SessionOptions = ConnectionOptions & {
  /** Connect, TLS, greeting and login together. */
  readonly deadlineMs: number;
  /** The folder above Chats and Contacts; `COI` when left out. */
  readonly mailboxRoot?: string | undefined;
};

/**
 * Connects and logs in, all within one deadline.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openMailSession(
  login: MailLogin,
  network: Network,
  options: SessionOptions,
): Promise<MailSession> {
  const connect = () => connectClient(login, network, options.deadlineMs);
  return new MailSession(await connect(), connect, options);
}

/**
 * One connection to one mailbox. Every command has a deadline; when it passes, the connection is closed, because nobody
 * knows what its next answer would belong to. All methods throw Fault `mail-host-unreachable` when the connection fails,
 * and `not-found` when the folder they name is gone.
 */
export class MailSession {
  readonly capabilities: Capabilities;
  readonly #connection: MailConnection;
  readonly #hearing: Hearing;
  readonly #folders: KnownFolders;
  #opens = 0;

  /** @param connect makes another connection like `client` */
  constructor(
    client: LeanClient,
    connect: () => Promise<LeanClient>,
    options: Omit<SessionOptions, 'deadlineMs'>,
  ) {
    this.#connection = new MailConnection(client, connect, options);
    this.#hearing = new Hearing(this.#connection);
    this.#folders = new KnownFolders(options.mailboxRoot);
    this.capabilities = capabilitiesOf(client.capabilities);
  }

  /** How many times a folder was opened. */
  get opens(): number {
    return this.#opens;
  }

  /** How mails can be moved here without touching others. */
  get moving(): Moving {
    return movingAt(this.#connection.client);
  }

  async listFolders(): Promise<readonly FolderInfo[]> {
    return this.#folders.take(await this.#connection.command('LIST', (client) => client.list()));
  }

  /**
   * The folders with the roles that their names tell: `inbox`, `chats`, `contacts`, else `other`; and `junk`, where a plain
   * LIST tells it. imapflow spends a subscription lookup, often a round trip of its own, before it tells the special uses.
   */
  async listNames(): Promise<readonly FolderInfo[]> {
    return this.#folders.take(
      await this.#connection.command('LIST', (client) => client.list({ listOnly: true })),
    );
  }

  /** Takes as listed what another session with this mailbox listed, or the part of it that matters. */
  recallNames(folders: readonly FolderInfo[]): void {
    this.#folders.recall(folders);
  }

  /** What stands between the names of folders. */
  get delimiter(): string {
    return this.#folders.delimiter;
  }

  /** Where Chats and Contacts are, or would be, by the folders that are known. */
  get coiPaths(): readonly string[] {
    return this.#folders.coiPaths;
  }

  /**
   * Which of these folders there are, and the state of each as far as the server told it, in one round trip and without
   * opening any; undefined where the server cannot tell that, or would not.
   */
  async folderStates(paths: readonly string[]): Promise<ReadonlyMap<string, FolderState> | undefined> {
    return this.#connection.command('LIST', (client) => folderStates(client, paths));
  }

  /**
   * The folders that spam is filed into: the one marked or known as such (RFC 6154), and those with these names. Costs nothing
   * where what was listed tells it.
   */
  async spamFolders(names: readonly string[]): Promise<readonly string[]> {
    if (names.length > 0 || !this.#folders.hasJunk) await this.listFolders();
    return this.#folders.spam(names);
  }

  /** The state of a folder without opening it (STATUS). */
  async status(folder: string): Promise<FolderStatus> {
    const status = await this.#connection.command('STATUS', (client) =>
      client.status(folder, { uidNext: true, uidValidity: true, messages: true }),
    );
    if (status === false) throw this.#connection.client.fault();
    return {
      uidValidity: Number(status.uidValidity ?? 0),
      uidNext: status.uidNext || undefined,
      messages: status.messages ?? 0,
    };
  }

  /** Opens a folder; opening the open one again asks the server for its state anew. */
  async open(folder: string, mode: 'read' | 'write'): Promise<OpenFolder> {
    this.#opens += 1;
    this.#hearing.opens(folder);
    // Without an entry of its own, imapflow looks the folder up with LIST and LSUB first.
    const { folders } = this.#connection.client;
    if (!folders.has(folder)) folders.set(folder, { path: folder });
    const opened = await this.#connection.command('SELECT', (client) =>
      client.mailboxOpen(folder, { readOnly: mode === 'read' }),
    );
    return {
      uidValidity: Number(opened.uidValidity ?? 0),
      uidNext: opened.uidNext || undefined,
      messages: opened.exists,
      acceptsKeywords:
        this.#connection.provider.acceptsKeywords && opened.permanentFlags?.has('\\*') === true,
    };
  }

  /**
   * Mails of the open folder from `uid` on, by ascending UID, the lowest `limit` of them, without marking any as read.
   * `uid:*` names the last mail even when its UID is lower (RFC 9051 section 6.4.9), so what is below is left out.
   */
  async fetchFrom(uid: number, options: { readonly limit: number }): Promise<ReceivedMail[]> {
    this.#hearing.looksAt(this.#opened().folder);
    const lowest = (mails: ReceivedMail[]) => mails.sort((a, b) => a.uid - b.uid).slice(0, options.limit);
    const range = await this.#connection.command('SEARCH', (client) => rangeFrom(client, uid, options.limit));
    return this.#fetch(range, async (mails) => {
      let found: ReceivedMail[] = [];
      for await (const mail of mails) {
        if (mail.uid >= uid) found.push(mail);
        if (found.length >= 2 * options.limit) found = lowest(found);
      }
      return lowest(found);
    });
  }

  /** These mails of the open folder, as far as they are there, in no order. */
  async fetchEach(uids: readonly number[]): Promise<ReceivedMail[]> {
    return this.#fetch(uids.join(','), async (mails) => {
      const found: ReceivedMail[] = [];
      for await (const mail of mails) if (uids.includes(mail.uid)) found.push(mail);
      return found;
    });
  }

  /** One mail of the open folder; undefined when it is gone. */
  async fetchOne(uid: number): Promise<ReceivedMail | undefined> {
    const [mail] = await this.fetchEach([uid]);
    return mail;
  }

  /** The highest UID of the open folder, 0 when it is empty: for servers that do not tell UIDNEXT. */
  async highestUid(): Promise<number> {
    const last = await this.#connection.command('FETCH', (client) => client.fetchOne('*', { uid: true }));
    return last === false ? 0 : last.uid;
  }

  /** UIDs of the open folder that the mailbox got on or after the day of `at` (SEARCH SINCE knows only days). */
  async searchSince(at: number): Promise<number[]> {
    return this.#search({ since: new Date(at) });
  }

  /** Mails of the open folder with this id, or that had it until the provider's submission server gave them another. */
  async searchMessageId(messageId: string): Promise<number[]> {
    const sent: SearchObject = { header: { 'message-id': messageId } };
    if (!this.#connection.provider.rewritesMessageIds) return this.#search(sent);
    return this.#search({ or: [sent, { header: { [originalIdField]: messageId } }] });
  }

  /** Mails of the open folder that name this address as sender, or one that contains it: the caller compares. */
  async searchFrom(address: string): Promise<number[]> {
    return this.#search({ from: address });
  }

  /** Which of these mails of the open folder were read. */
  async searchSeen(uids: readonly number[]): Promise<number[]> {
    return this.#search({ uid: uids.join(','), seen: true });
  }

  /** All mails of the open folder but those flagged `\\Deleted`, which are as good as gone. */
  async searchUndeleted(): Promise<number[]> {
    return this.#search({ deleted: false });
  }

  /** Whole mails of the open folder, one by one; of one larger than `limitBytes` only that it is there. */
  async fetchRaw(uids: readonly number[], limitBytes: number, take: (mail: RawMail) => void): Promise<void> {
    for (const batch of batchesOf(uids, limits.rawBatch)) {
      await this.#connection.command('FETCH', (client) => fetchRaw(client, batch, limitBytes, take));
    }
  }

  /** Some header fields of mails of the open folder. */
  async fetchFields(
    uids: readonly number[],
    fields: readonly string[],
  ): Promise<{ uid: number; header: Header }[]> {
    const found: { uid: number; header: Header }[] = [];
    for (const batch of batchesOf(uids, limits.seenBatch)) {
      found.push(
        ...(await this.#carefully((client, isCareful) => fetchFields(client, batch, fields, isCareful))),
      );
    }
    return found;
  }

  /** UIDs of the open folder that may be chat mails, see `chatSearch`. */
  async searchChats(...[range, which]: Parameters<typeof chatSearch>): Promise<number[]> {
    return this.#search(chatSearch(range, which));
  }

  /**
   * Has the server tell of folders besides the open one (RFC 5465), from now on and whichever of them is open; those of COI
   * as soon as they are made. Lasts until the connection ends; see `listensFor`.
   *
   * @param folders that were listed
   * @param options.withFlags whether a change of flags in the open folder is to count as activity
   */
  async notify(folders: readonly string[], options: { readonly withFlags: boolean }): Promise<Listening> {
    const open = this.#opened().folder;
    return this.#hearing.notify(folders, { ...options, open, more: this.#folders.coiPaths });
  }

  /** The folders that the server was asked to tell of, and took it; undefined while it tells of the open one alone. */
  get listensFor(): readonly string[] | undefined {
    return this.#hearing.listensFor;
  }

  /** Has the server tell of the open folder alone, after `notify`. Closes the connection where it refuses. */
  async notifyOfOpenFolder(options: { readonly withFlags: boolean }): Promise<void> {
    return this.#hearing.notifyOfOpenFolder(options.withFlags);
  }

  /** Takes what was announced and not looked at since: by IDLE of the open folder, by `notify` of others. */
  takeNews(): readonly FolderState[] {
    return this.#hearing.takeNews();
  }

  /**
   * Waits in the open folder until the server announces mail (`takeNews` tells where), `renewAfterMs` (or less, where the
   * host needs it) pass, or `signal` aborts. Mail announced before the wait began ends it at once. What an announcement means
   * is for the caller to compare: it is a hint, and not every change is announced.
   */
  async idle(options: IdleOptions): Promise<IdleEnd> {
    return this.#hearing.idle(options);
  }

  /** Whether the server took the flags: a keyword needs `acceptsKeywords`. */
  async addFlags(uids: readonly number[], flags: readonly string[]): Promise<boolean> {
    return this.#connection.command('STORE', (client) =>
      client.messageFlagsAdd(uids.join(','), [...flags], { uid: true }),
    );
  }

  /** Files a mail; gives its UID where the server tells it (UIDPLUS, RFC 4315). */
  async append(
    folder: string,
    raw: Buffer,
    options: { readonly flags: readonly string[]; readonly receivedAt: number },
  ): Promise<{ uid: number | undefined; uidValidity: number | undefined }> {
    const appended = await this.#connection.command('APPEND', (client) =>
      client.append(folder, raw, [...options.flags], new Date(options.receivedAt)),
    );
    if (appended === false) throw this.#connection.client.fault();
    const { uid, uidValidity } = appended;
    return { uid, uidValidity: uidValidity === undefined ? undefined : Number(uidValidity) };
  }

  /** The beginning of a mail's body as transferred, up to `limitBytes`; undefined when the mail is gone. */
  async readBodyStart(uid: number, limitBytes: number): Promise<Buffer | undefined> {
    const query = { bodyParts: [{ key: 'text', start: 0, maxLength: limitBytes }] };
    const message = await this.#connection.command('FETCH', (client) =>
      client.fetchOne(String(uid), query, { uid: true }),
    );
    return message === false ? undefined : message.bodyParts?.get('text');
  }

  /** Removes mails of the folder that is open for writing, and no others; `flagged` where the server cannot do better. */
  async deleteMails(uids: readonly number[]): Promise<Removal> {
    return this.#connection.command('EXPUNGE', (client) => removeMails(client, uids));
  }

  /** Moves or copies mails of the folder that is open for writing into another, and tells where they are then. */
  async takeTo(how: 'move' | 'copy', uids: readonly number[], folder: string): Promise<NewPlaces> {
    return this.#connection.command(how.toUpperCase(), (client) => takeTo(client, how, uids, folder));
  }

  /** Moves mails of the folder that is open for writing into another, which must be there. */
  async moveMails(uids: readonly number[], folder: string): Promise<Removal> {
    return this.#connection.command('MOVE', (client) => moveMails(client, uids, folder));
  }

  /**
   * Makes sure that a folder is there, and subscribed to if it is new.
   *
   * @param names from the outside in: `COI`, `Contacts`; delimiter and prefix are the server's
   * @returns its path
   * @throws Fault `limit-reached` or `conflict` when the server refuses to make it
   */
  async createFolder(names: readonly string[]): Promise<string> {
    const prefix = await this.#connection.command('NAMESPACE', (client) => client.personalPrefix());
    const folders = await this.listNames();
    const path = folderPath(folders, prefix, names);
    if (folders.some((folder) => folder.path === path)) return path;
    await this.#connection.command('CREATE', (client) => createFolder(client, path));
    return path;
  }

  /** Annotations of the server or a folder (METADATA, RFC 5464), whether or not the server announces that it has any. */
  async getMetadata(
    names: readonly string[],
    options?: GetMetadataOptions,
  ): Promise<MetadataFound | MetadataRefusal> {
    return this.#connection.command('GETMETADATA', (client) => getMetadata(client, names, options));
  }

  /** Sets an annotation of the server, or removes it. */
  async setMetadata(
    name: string,
    value: string | undefined,
  ): Promise<{ readonly kind: 'done' } | MetadataRefusal> {
    return this.#connection.command('SETMETADATA', (client) => setMetadata(client, name, value));
  }

  /** One body part as transferred, with its MIME header; undefined when the mail is gone. Cut at `limitBytes`. */
  async readPart(uid: number, part: string, limitBytes: number): Promise<MailPart | undefined> {
    return this.#connection.command('FETCH', (client) => readPart(client, uid, part, limitBytes));
  }

  /**
   * The bytes of a mail, or of one part as transferred, piece by piece: a large mail is never whole in memory. Undefined
   * when the mail is gone. One that ends before its last piece, because the connection broke, ends with an error.
   */
  async stream(uid: number, part?: string): Promise<Readable | undefined> {
    return streamPieces((start, maxLength) =>
      this.#connection.command('FETCH', async (client) => {
        const range = { start, maxLength };
        const query = part === undefined ? { source: range } : { bodyParts: [{ key: part, ...range }] };
        const message = await client.fetchOne(String(uid), query, { uid: true });
        if (message === false) return undefined;
        return part === undefined ? message.source : message.bodyParts?.get(part);
      }),
    );
  }

  /** Closes the connection at once. A LOGOUT would be polite, and waits for servers that never answer it. */
  close(): void {
    this.#connection.close();
  }

  /** Reads mails of the open folder, by UIDs. */
  async #fetch<T>(range: string, take: (mails: AsyncIterable<ReceivedMail>) => Promise<T>): Promise<T> {
    const place = this.#opened();
    return this.#carefully((client, isCareful) => {
      const fetch = isCareful ? fetchMailsCarefully : fetchMails;
      return take(fetch(client, range, place));
    });
  }

  /**
   * One mail alone can make an answer larger than any is taken, and end the connection: then all is asked for again over
   * another one, in bounded pieces, or that mail would keep its mailbox from ever being read again.
   */
  async #carefully<T>(fetch: (client: LeanClient, isCareful: boolean) => Promise<T>): Promise<T> {
    const { folder, uidValidity } = this.#opened();
    const { mailbox } = this.#connection.client;
    const isReadOnly = mailbox !== false && mailbox.readOnly === true;
    try {
      return await this.#connection.command('FETCH', (client) => fetch(client, false));
    } catch (error) {
      if (!this.#connection.client.isOverrun || this.#connection.isClosed) throw error;
    }
    this.#hearing.moveTo(await this.#connection.reconnect());
    const opened = await this.open(folder, isReadOnly ? 'read' : 'write');
    if (opened.uidValidity !== uidValidity) throw connectionLost();
    return this.#connection.command('FETCH', (client) => fetch(client, true));
  }

  async #search(query: SearchObject): Promise<number[]> {
    const found = await this.#connection.command('SEARCH', (client) => client.search(query, { uid: true }));
    // A search that the server would not make has not found nothing.
    if (found === false || found === undefined) throw this.#connection.client.fault();
    return [...found].sort((a, b) => a - b);
  }

  #opened() {
    const { mailbox } = this.#connection.client;
    if (mailbox === false) throw connectionLost();
    return {
      folder: mailbox.path,
      role: this.#folders.roleOf(mailbox.path),
      uidValidity: Number(mailbox.uidValidity ?? 0),
    } as const;
  }
}

/**
 * Everything from `uid` on, while that is little. A folder far behind is asked for in steps, which needs the UIDs: they may
 * have any gaps.
 */
async function rangeFrom(client: LeanClient, uid: number, limit: number): Promise<string> {
  const { mailbox } = client;
  const behind = mailbox === false ? 0 : (mailbox.uidNext || 0) - uid;
  if (behind <= limit) return `${uid}:*`;
  const found = (await client.search({ uid: `${uid}:*` }, { uid: true })) || [];
  const last = found.filter((each) => each >= uid).sort((a, b) => a - b)[limit - 1];
  return last === undefined ? `${uid}:*` : `${uid}:${last}`;
}

/** A command line is bounded too (RFC 7162 section 4: 8192 bytes), and so is the time for its answer. */
function batchesOf(uids: readonly number[], size: number): number[][] {
  const batches: number[][] = [];
  for (let start = 0; start < uids.length; start += size) batches.push(uids.slice(start, start + size));
  return batches;
}
