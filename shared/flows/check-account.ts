import type { Account, Watch } from '../store/items.ts';
import type { AccountCheck } from './account-check.ts';
import { checkFolder } from './check-folder.ts';
import { openCheck } from './open-check.ts';
import type { Services } from './services.ts';

/** Checks every watched folder once. INBOX comes last and stays open, for the one who wants to wait there. */
export async function checkFolders(check: AccountCheck): Promise<number> {
  let count = 0;
  for (const folder of check.folders) count += await checkFolder(check, folder);
  check.services.lastChecks.set(check.account.id, check.services.clock.now());
  check.services.log.debug('folder-checked', { account: check.account.id, mails: count });
  return count;
}

/** The brief check of a scheduled poll: connect, compare, take in what is new, leave. */
export async function checkAccount(services: Services, account: Account, watch: Watch): Promise<number> {
  const check = await openCheck(services, account, watch);
  try {
    return await checkFolders(check);
  } finally {
    check.session.close();
  }
}
