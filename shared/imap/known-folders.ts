import type { ListResponse } from 'imapflow';
import type { FolderRole } from '../coi/received-mail.ts';
import { coiPaths, type FolderInfo, folderInfos } from './folders.ts';

/** The folders of a mailbox, as they were listed last. */
export class KnownFolders {
  #all: readonly FolderInfo[] = [];
  readonly #mailboxRoot: string | undefined;

  /** @param mailboxRoot the folder above Chats and Contacts; `COI` when left out */
  constructor(mailboxRoot: string | undefined) {
    this.#mailboxRoot = mailboxRoot;
  }

  take(listed: readonly ListResponse[]): readonly FolderInfo[] {
    this.#all = folderInfos(listed, this.#mailboxRoot);
    return this.#all;
  }

  recall(folders: readonly FolderInfo[]): void {
    this.#all = folders;
  }

  get delimiter(): string {
    return this.#all.find(({ role }) => role === 'inbox')?.delimiter ?? '/';
  }

  /** Where Chats and Contacts are, or would be. */
  get coiPaths(): readonly string[] {
    return coiPaths(this.#all, this.#mailboxRoot);
  }

  get hasJunk(): boolean {
    return this.#all.some(isJunk);
  }

  /** Those marked or known as folders for spam (RFC 6154), and those with these names, below INBOX or not. */
  spam(names: readonly string[]): readonly string[] {
    const isNamed = ({ path }: FolderInfo) =>
      names.some((name) => path.replace(/^INBOX[^a-z]/i, '').toLowerCase() === name.toLowerCase());
    return this.#all.filter((folder) => isJunk(folder) || isNamed(folder)).map(({ path }) => path);
  }

  roleOf(path: string): FolderRole {
    const known = this.#all.find((folder) => folder.path === path);
    return known?.role ?? (path.toUpperCase() === 'INBOX' ? 'inbox' : 'other');
  }
}

function isJunk({ role }: FolderInfo): boolean {
  return role === 'junk';
}
