import { limits } from '../../core/limits.ts';
import { fileChats, filesWhenSeen } from '../mail-server/file-chats.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { checkFolders } from './check-account.ts';
import { checkFolder, checkOpenFolder } from './check-folder.ts';
import { watchedFolders } from './open-check.ts';

/** Holds one connection until it breaks (throws) or the watch is to stop (returns). */
export async function holdConnection(
  check: AccountCheck,
  signal: AbortSignal,
  onSettled: () => void,
): Promise<void> {
  try {
    let waiting = await checkAndChoose(check);
    onSettled();
    while (!signal.aborted) {
      const woken = await check.session.idle({
        renewAfterMs: limits.idleRenewMs,
        signal,
        wakeOnFlags: filesWhenSeen(check),
      });
      if (woken === 'activity') {
        await checkOpenFolder(check, waiting);
        await fileChats(check);
      }
      if (woken !== 'renew') continue;
      // At each renewal everything is compared anew: an event may be missed, a comparison cannot.
      check.folders = lastOf(await watchedFolders(check.session), waiting);
      waiting = await checkAndChoose(check);
    }
  } finally {
    check.session.close();
  }
}

/**
 * Checks all folders and opens the one to wait in: where mail came, else the last one. IDLE hears of one folder only, and
 * servers that file chats by themselves leave INBOX silent.
 */
async function checkAndChoose(check: AccountCheck): Promise<WatchedFolder> {
  const counts = await checkFolders(check);
  const [last] = [...counts.keys()].slice(-1);
  if (last === undefined) throw new Error('an account without folders');
  const busier = [...counts].find(([, count]) => count > (counts.get(last) ?? 0))?.[0];
  if (busier === undefined) return last;
  check.folders = lastOf(check.folders, busier);
  await checkFolder(check, busier);
  return busier;
}

function lastOf(folders: readonly WatchedFolder[], chosen: WatchedFolder): WatchedFolder[] {
  const isChosen = (folder: WatchedFolder) => folder.path === chosen.path;
  return [...folders.filter((folder) => !isChosen(folder)), ...folders.filter(isChosen)];
}
