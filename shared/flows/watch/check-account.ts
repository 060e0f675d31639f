import { DeadlineExceeded, withDeadline } from '../../core/deadline.ts';
import { limits } from '../../core/limits.ts';
import { mailFault } from '../../imap/mail-fault.ts';
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

export type CheckOptions = {
  /** Ends the wait for the turn to log in. */
  readonly signal?: AbortSignal | undefined;
  /** From being logged in to the end. */
  readonly deadlineMs?: number;
};

/**
 * The brief check of a scheduled poll: connect, compare, take in what is new, leave. Opens only what may hold news.
 *
 * @returns how many mails were taken in; undefined after an abort
 * @throws Fault `mail-host-unreachable` also when it takes too long: what was taken in until then is acknowledged
 */
export async function checkAccount(
  services: Services,
  account: Account,
  watch: Watch,
  { signal, deadlineMs = limits.pollAccountMs }: CheckOptions = {},
): Promise<number | undefined> {
  const open = () =>
    openCheck(services, account, watch, undefined, (session) => recallFolders(services, account, session));
  const check = await services.circuits.inTurn(watch.host, open, signal);
  if (check === undefined) return undefined;
  const look = async () => {
    const counts = await checkEach(check, await foldersWithNews(check));
    await checkSpam(check, limits.spamPolledMs);
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  };
  try {
    return await withDeadline(look(), deadlineMs, 'check', () => check.session.close());
  } catch (error) {
    throw error instanceof DeadlineExceeded ? mailFault(error) : error;
  } finally {
    check.session.close();
  }
}
