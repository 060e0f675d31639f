import type { FolderInfo } from '../../imap/mail-session.ts';
import type { Account, FolderCursor } from '../../store/items.ts';
import type { Services } from '../services.ts';

/** What one process remembers of an account's mailbox from connection to connection. To lose it costs a few commands. */
export type Remembered = {
  /** Until when its server is not believed to tell of folders that are not open. */
  deafUntil: number;
  spam?: RememberedSpam;
  folderList?: FolderList;
};

export type RememberedSpam = {
  /** See `mailboxOf`. */
  readonly of: string;
  readonly paths: readonly string[];
  readonly foundAt: number;
  /** When the folders were last looked into, or are to count as that. */
  readonly lookedAt: number;
  /** How far each was looked through; the stored cursor may be behind. */
  readonly seen: Map<string, FolderCursor>;
};

/** What a process remembers of the folders of one mailbox. */
export type FolderList = {
  /** See `mailboxOf`. */
  readonly of: string;
  readonly listedAt: number;
  /** Those that are watched. */
  readonly folders: readonly FolderInfo[];
  /** Where Chats and Contacts are, or would be. */
  readonly coiPaths: readonly string[];
  /** The server said that it tells the states of folders, and would not. */
  refusesStates: boolean;
};

/** Tells one mailbox from another that a sign-in may move the account to. */
export function mailboxOf({ imap, mailboxRoot }: Account): string {
  return [imap.host, imap.port, imap.user, mailboxRoot].join(' ');
}

const memories = new WeakMap<Services['lastChecks'], Map<string, Remembered>>();

/** Of one account, for whoever wants to read or change it. */
export function remembered({ lastChecks }: Pick<Services, 'lastChecks'>, accountId: string): Remembered {
  const memory = memories.get(lastChecks) ?? new Map<string, Remembered>();
  memories.set(lastChecks, memory);
  const known = memory.get(accountId) ?? { deafUntil: 0 };
  memory.set(accountId, known);
  return known;
}

/** Nothing is remembered any more of an account that is erased. */
export function forget({ lastChecks }: Pick<Services, 'lastChecks'>, accountId: string): void {
  memories.get(lastChecks)?.delete(accountId);
}
