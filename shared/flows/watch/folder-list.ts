import { limits } from '../../core/limits.ts';
import type { FolderState, MailSession } from '../../imap/mail-session.ts';
import { planCheck } from '../../imap/plan-check.ts';
import type { Account } from '../../store/items.ts';
import { filesChats } from '../mail-server/file-chats.ts';
import type { Services } from '../services.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { watchedFolders } from './open-check.ts';
import { mailboxOf, remembered } from './remembered.ts';

/**
 * The folders to watch, listed once in `limits.folderListMs` by each process: LIST is a fifth of the round trips of a check
 * that finds nothing.
 */
export async function recallFolders(
  services: Services,
  account: Account,
  session: MailSession,
): Promise<WatchedFolder[]> {
  const list = remembered(services, account.id).folderList;
  const isFresh = list !== undefined && services.clock.now() - list.listedAt < limits.folderListMs;
  if (!isFresh || list.of !== mailboxOf(account)) return listAnew(services, account, session);
  session.recallNames(list.folders);
  return list.folders.map(({ path, role }) => ({ path, role }));
}

async function listAnew(
  services: Services,
  account: Account,
  session: MailSession,
): Promise<WatchedFolder[]> {
  const watched = await watchedFolders(session);
  const { coiPaths } = session;
  const folders = watched.map((folder) => ({ ...folder, delimiter: session.delimiter }));
  remembered(services, account.id).folderList = {
    ...{ of: mailboxOf(account), listedAt: services.clock.now(), folders, coiPaths },
    refusesStates: false,
  };
  return watched;
}

/**
 * The watched folders in which there may be news. Where the server tells the states of all folders at once, those that are
 * as the cursors say are left out; and Chats and Contacts are found as soon as they are made, gone or renamed.
 */
export async function foldersWithNews(check: AccountCheck): Promise<readonly WatchedFolder[]> {
  const { services, account, session } = check;
  const list = remembered(services, account.id).folderList;
  if (list === undefined || list.refusesStates) return check.folders;
  const states = await session.folderStates(['INBOX', ...list.coiPaths]);
  if (states === undefined) {
    list.refusesStates = true;
    return check.folders;
  }
  const isListed = (path: string) => check.folders.some((folder) => folder.path === path);
  if (list.coiPaths.some((path) => isListed(path) !== states.has(path)))
    check.folders = await listAnew(services, account, session);
  return check.folders.filter((folder) => mayHaveNews(check, folder, states.get(folder.path)));
}

/** What a server does not tell, as some do of UIDNEXT, is seen when the folder is opened. */
function mayHaveNews(check: AccountCheck, { path, role }: WatchedFolder, state: FolderState | undefined) {
  // Who moves chats out of INBOX works in it.
  if (role === 'inbox' && filesChats(check)) return true;
  const { uidValidity, uidNext } = state ?? {};
  if (uidValidity === undefined || uidNext === undefined) return true;
  return planCheck(check.cursors.get(path), { uidValidity, uidNext }).kind !== 'nothing';
}
