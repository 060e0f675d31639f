import { limits } from '../../core/limits.ts';
import type { Account, Watch } from '../../store/items.ts';
import { fileChats } from '../mail-server/file-chats.ts';
import type { Services } from '../services.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { checkFolder } from './check-folder.ts';
import { checkSpam } from './check-spam.ts';
import { foldersWithNews, recallFolders } from './folder-list.ts';
import { openCheck } from './open-check.ts';

/** Checks every watched folder once, in order; the last one stays open. Gives how many mails each had. */
export async function checkFolders(check: AccountCheck): Promise<ReadonlyMap<WatchedFolder, number>> {
  return checkEach(check, check.folders);
}

async function checkEach(
  check: AccountCheck,
  folders: readonly WatchedFolder[],
): Promise<ReadonlyMap<WatchedFolder, number>> {
  const counts = new Map<WatchedFolder, number>();
  for (const folder of folders) counts.set(folder, await checkFolder(check, folder));
  await fileChats(check);
  check.services.metrics.add('Checks', 1, { outcome: 'done' });
  check.services.lastChecks.set(check.account.id, check.services.clock.now());
  return counts;
}

/** The brief check of a scheduled poll: connect, compare, take in what is new, leave. Opens only what may hold news. */
export async function checkAccount(services: Services, account: Account, watch: Watch): Promise<number> {
  const open = () =>
    openCheck(services, account, watch, undefined, (session) => recallFolders(services, account, session));
  const check = await services.circuits.inTurn(watch.host, open);
  if (check === undefined) return 0;
  try {
    const counts = await checkEach(check, await foldersWithNews(check));
    await checkSpam(check, limits.spamPolledMs);
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  } finally {
    check.session.close();
  }
}
