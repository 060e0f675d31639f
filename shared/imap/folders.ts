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
  return listed.map(({ path, specialUse, delimiter, flags }) => ({
    path,
    delimiter: delimiter ?? '/',
    role:
      coiRole(path, delimiter ?? '/', mailboxRoot) ??
      (path.toUpperCase() === 'INBOX' ? 'inbox' : (roleOfUse[specialUse ?? ''] ?? roleOfMark(flags))),
  }));
}

/** Many servers mark the folder for spam in a plain LIST too (RFC 6154 section 2: they may), where imapflow passes it over. */
function roleOfMark(flags: ReadonlySet<string>): FolderRole {
  return [...flags].some((flag) => flag.toLowerCase() === '\\junk') ? 'junk' : 'other';
}

/**
 * Where Chats and Contacts are or may come to be: where all other folders lie below INBOX, so will these. Where INBOX is all
 * there is, they may come either way.
 */
export function coiPaths(folders: readonly FolderInfo[], mailboxRoot = 'COI'): string[] {
  const delimiter = folders.find(({ path }) => path.toUpperCase() === 'INBOX')?.delimiter ?? '/';
  const inbox = `INBOX${delimiter}`;
  const others = folders.filter(({ path }) => path.toUpperCase() !== 'INBOX');
  const isOutside = others.some(({ path }) => !path.startsWith(inbox));
  const prefixes = others.length === 0 ? ['', inbox] : [isOutside ? '' : inbox];
  const roots = mailboxRoot.startsWith(inbox)
    ? [mailboxRoot]
    : prefixes.map((prefix) => prefix + mailboxRoot);
  return (['chats', 'contacts'] as const).flatMap((role) => {
    const known = folders.find((folder) => folder.role === role);
    const name = role === 'chats' ? 'Chats' : 'Contacts';
    return known === undefined ? roots.map((root) => root + delimiter + name) : [known.path];
  });
}

function coiRole(path: string, delimiter: string, mailboxRoot: string): FolderRole | undefined {
  const names = namesBelowInbox(path, delimiter);
  const root = namesBelowInbox(mailboxRoot, delimiter);
  if (names.length !== root.length + 1 || !root.every((name, index) => name === names[index]))
    return undefined;
  const last = names.at(-1);
  return last === 'chats' || last === 'contacts' ? last : undefined;
}

function namesBelowInbox(path: string, delimiter: string): string[] {
  const names = path.toLowerCase().split(delimiter);
  return names[0] === 'inbox' ? names.slice(1) : names;
}
