import type { ListResponse } from 'imapflow';
import type { FolderRole } from '../coi/received-mail.ts';

export type FolderInfo = { readonly path: string; readonly role: FolderRole; readonly delimiter: string };

/** Special uses of RFC 6154, as roles. */
const roleOfUse: Readonly<Record<string, FolderRole>> = {
  '\\Inbox': 'inbox',
  '\\Drafts': 'drafts',
  '\\Sent': 'sent',
  '\\Trash': 'trash',
  '\\Junk': 'junk',
  '\\All': 'all',
};

/**
 * What each folder is for. The COI folders lie below the mailbox root, with the server's own delimiter and, at some
 * servers, below INBOX: `COI/Chats`, `INBOX.COI.Chats`. Names are compared without case, as the spec writes them both ways.
 */
export function folderInfos(listed: readonly ListResponse[], mailboxRoot = 'COI'): FolderInfo[] {
  return listed.map(({ path, specialUse, delimiter }) => ({
    path,
    delimiter: delimiter ?? '/',
    role:
      coiRole(path, delimiter ?? '/', mailboxRoot) ??
      (path.toUpperCase() === 'INBOX' ? 'inbox' : (roleOfUse[specialUse ?? ''] ?? 'other')),
  }));
}

function coiRole(path: string, delimiter: string, mailboxRoot: string): FolderRole | undefined {
  const names = path.toLowerCase().split(delimiter);
  if (names[0] === 'inbox') names.shift();
  if (names.length !== 2 || names[0] !== mailboxRoot.toLowerCase()) return undefined;
  if (names[1] === 'chats') return 'chats';
  return names[1] === 'contacts' ? 'contacts' : undefined;
}
