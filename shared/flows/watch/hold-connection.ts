import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { FolderState, IdleEnd } from '../../imap/mail-session.ts';
import { fileChats, filesWhenSeen } from '../mail-server/file-chats.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { checkFolders } from './check-account.ts';
import { checkFolder, checkOpenFolder } from './check-folder.ts';
import { checkSpam } from './check-spam.ts';
import { FolderHearing } from './hear-folders.ts';
import { lastOf, listAnew } from './list-anew.ts';
import { minds, noteReadElsewhere } from './read-elsewhere.ts';

/**
 * Holds one connection until it breaks (throws) or the watch is to stop (returns). It waits in one folder by IDLE; of the
 * others it hears by NOTIFY where the server does that, else when they are compared at the next renewal.
 */
export async function holdConnection(
  check: AccountCheck,
  signal: AbortSignal,
  onSettled: () => void,
): Promise<void> {
  const { session, services } = check;
  const hearing = new FolderHearing(check);
  try {
    let waiting = await checkAndChoose(check);
    // A folder that appears from now on may hold mail that just came.
    check.isFirst = false;
    let dueAt = services.clock.now() + limits.idleRenewMs;
    await hearing.begin();
    onSettled();
    while (!signal.aborted) {
      const woken = await waitIn(check, waiting, dueAt, signal);
      if (woken === 'stopped') continue;
      if (woken === 'activity') {
        waiting = await takeNews(check, waiting);
      } else {
        if (woken === 'overflow') await hearing.giveUp();
        // What is opened along the way is opened anew below.
        await checkSpam(check, limits.spamHeldMs);
        // At each renewal everything is compared anew: an event may be missed, a comparison cannot.
        waiting = await hearing.judge(async () => {
          await listAnew(check);
          return checkAndChoose(check);
        });
        dueAt = services.clock.now() + limits.idleRenewMs;
      }
      await hearing.begin();
    }
  } finally {
    session.close();
  }
}

/** Mail that comes again and again does not put the renewal off. */
async function waitIn(
  check: AccountCheck,
  waiting: WatchedFolder,
  dueAt: number,
  signal: AbortSignal,
): Promise<IdleEnd> {
  const renewAfterMs = dueAt - check.services.clock.now();
  if (renewAfterMs <= 0) return 'renew';
  return check.session.idle({
    renewAfterMs,
    signal,
    wakeOnFlags: filesWhenSeen(check) || minds(check, waiting),
  });
}

/**
 * Takes in what was announced, in the open folder and in others.
 *
 * @returns the folder that is open then: the one where mail came, which is where the next is likely to come. IDLE tells of it
 *   sooner than NOTIFY of others; of flags it alone tells.
 */
async function takeNews(check: AccountCheck, waiting: WatchedFolder): Promise<WatchedFolder> {
  const all = check.session.takeNews();
  const told = all.filter((state) => isNew(check, state));
  const elsewhere = told.filter(({ path }) => path !== waiting.path);
  // Flags are no news of any folder.
  if (all.length === 0 || elsewhere.length < told.length) await checkOpenFolder(check, waiting);
  await noteReadElsewhere(check, waiting);
  const open = elsewhere.length === 0 ? waiting : await lookElsewhere(check, waiting, elsewhere);
  await fileChats(check);
  return open;
}

async function lookElsewhere(
  check: AccountCheck,
  waiting: WatchedFolder,
  told: readonly FolderState[],
): Promise<WatchedFolder> {
  const isKnown = ({ path }: FolderState) => check.folders.some((folder) => folder.path === path);
  if (!told.every(isKnown)) await listAnew(check);
  let open: WatchedFolder | undefined = waiting;
  for (const folder of check.folders.filter(({ path }) => told.some((state) => state.path === path))) {
    open = (await isLookedInto(check, folder)) ? folder : undefined;
  }
  const last = open !== undefined && open.role !== 'contacts' && !filesWhenSeen(check) ? open : waiting;
  if (last !== open) await checkFolder(check, last);
  check.folders = lastOf(check.folders, last);
  return last;
}

/** False when the folder is gone: it may have been deleted since it was told of. */
async function isLookedInto(check: AccountCheck, folder: WatchedFolder): Promise<boolean> {
  try {
    await checkFolder(check, folder);
    return true;
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'not-found')) throw error;
    return false;
  }
}

/** The same state is told more than once, and after mail was deleted; to look costs a round trip or two. */
function isNew(check: AccountCheck, { path, uidValidity, uidNext }: FolderState): boolean {
  const cursor = check.cursors.get(path);
  if (cursor === undefined || uidNext === undefined) return true;
  return uidNext !== cursor.uidNext || (uidValidity !== undefined && uidValidity !== cursor.uidValidity);
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
