import type { FolderNews } from './folder-news.ts';
import type { LeanClient } from './lean-client.ts';
import { isRefusal } from './mail-fault.ts';
import { encodeMailboxName } from './mailbox-name.ts';
import { rawCommand } from './raw-command.ts';
import { atom, atoms, quoted } from './tokens.ts';

declare module 'imapflow' {
  // Members that imapflow 2.10 has and does not declare; the version is pinned, and tests hold both uses.
  interface ImapFlow {
    /** What is done with untagged responses that the running command did not ask for, by name in upper case. */
    readonly untaggedHandlers: Record<string, (line: { readonly attributes?: unknown }) => Promise<void>>;
    /** What is done when a response code comes, in any response. */
    readonly sectionHandlers: Record<string, () => Promise<void>>;
  }
}

/**
 * IMAP NOTIFY (RFC 5465), which imapflow does not have: one connection hears of several folders. Seen at Debian's Dovecot
 * 2.3.19 in November 2026:
 *
 * - `mailboxes` has STATUS told of folders that are not open, 0.5 s after a mail came, in IDLE or without: `* STATUS
 *   COI/Chats (MESSAGES 1 UIDNEXT 2 UNSEEN 1)`; UIDVALIDITY comes along only after a folder was made or renamed. Right after
 *   the command, and when a folder was made, the same state may be told twice.
 * - Whoever names no `selected` hears nothing more of the open folder, neither by IDLE nor by NOOP (section 3.1: the same as
 *   SELECTED NONE). With it, IDLE tells of it as always, within 0.5 s; without IDLE, nothing is told until NOOP.
 * - Which folder is the open one may change at any time: the one that is left is told of from then on, also of a mail that
 *   came just before.
 * - After NOTIFY NONE, IDLE is deaf as well. There is no way back to how it was before the first NOTIFY but to ask for
 *   `selected` alone, or to connect anew.
 * - Folders that are not there may be named. Where they lie at the top, their making and renaming is told as STATUS; below
 *   `INBOX.` only the first mail in them is. That one is gone or renamed away is not told; IDLE in it ends with BYE then.
 * - `MessageNew` without `MessageExpunge` is refused with BAD for `selected` (section 5 demands both, everywhere), an event
 *   that is not supported with NO [BADEVENT ...], more than 100 names with NO [NOTIFICATIONOVERFLOW].
 * - `FlagChange` enables CONDSTORE along the way: MODSEQ in FETCH, HIGHESTMODSEQ in STATUS.
 */
export type Listening =
  /** The server tells of the folders from now on. */
  | 'listening'
  /** BAD or NO: nothing has changed. */
  | 'refused'
  /** OK, but without what the command must bring at once (`notifyOf`): who leaves that out may leave out more. */
  | 'unproven';

export type NotifyOptions = {
  /** Folders that are known to be there and are not open. */
  readonly proving: readonly string[];
  /** Whether changes of flags in the open folder are told, as IDLE does without NOTIFY. */
  readonly withFlags: boolean;
};

/**
 * Has the server tell of folders, whichever of them is open. With STATUS asked for, it must tell the state of each that is
 * not open before its OK (section 3.1): the proof that it does what it announces, and at the same time the comparison that
 * nothing slips through before it listens. What it says is put into `news`.
 */
export async function notifyOf(
  client: LeanClient,
  folders: readonly string[],
  news: FolderNews,
  { proving, withFlags }: NotifyOptions,
): Promise<Listening> {
  news.listenFor(folders);
  hear(client, news);
  const told = new Set<string | undefined>();
  const names = folders.map((path) => quoted(encodeMailboxName(path)));
  const groups = [selected(withFlags), [atom('mailboxes'), names, atoms('MessageNew', 'MessageExpunge')]];
  const isTaken = await isDone(
    rawCommand(client, 'NOTIFY', [...atoms('SET', 'STATUS'), ...groups], {
      STATUS: (attributes) => told.add(news.takeStatus(attributes)),
    }),
  );
  if (!isTaken) {
    news.listenFor([]);
    // A refusal may have that code as well, and then there is nothing that was given up.
    news.isOverflown = false;
    return 'refused';
  }
  return proving.every((path) => told.has(path)) ? 'listening' : 'unproven';
}

/**
 * Has the server tell of the open folder alone, as nearly as after login as there is.
 *
 * @returns whether it took that; if not, what it still tells of is unknown
 */
export async function notifyOfOpenFolder(
  client: LeanClient,
  news: FolderNews,
  withFlags: boolean,
): Promise<boolean> {
  news.listenFor([]);
  const isTaken = await isDone(rawCommand(client, 'NOTIFY', [atom('SET'), selected(withFlags)], {}));
  news.isOverflown = false;
  return isTaken;
}

/** `-delayed`: messages keep their numbers while a command is under way (section 6.1). */
function selected(withFlags: boolean) {
  const events = atoms('MessageNew', 'MessageExpunge', ...(withFlags ? ['FlagChange'] : []));
  return [atom('selected-delayed'), events];
}

function hear(client: LeanClient, news: FolderNews): void {
  client.untaggedHandlers['STATUS'] = async ({ attributes }) => {
    news.takeStatus(attributes);
  };
  client.sectionHandlers['NOTIFICATIONOVERFLOW'] = async () => news.overflow();
}

/** False when it was refused. What connecting throws is thrown. */
async function isDone(command: Promise<void>): Promise<boolean> {
  try {
    await command;
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
