import type { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAccount, updateAccount } from '../../store/account.ts';
import type { Account, AccountStatus } from '../../store/items.ts';
import { tellNews } from '../changes/tell-news.ts';
import { tellStatus } from '../push/tell-status.ts';
import type { Services } from '../services.ts';

/** Every status that an account can have. */
export const accountStatuses: readonly AccountStatus[] = ['ok', 'login-refused', 'unreachable', 'paused'];

/** Whether no server is to be asked for this account until its owner does something: after a restart as well. */
export function isAtRest(status: AccountStatus): status is 'login-refused' | 'paused' {
  return status === 'login-refused' || status === 'paused';
}

/** What a check that failed counts as. */
export function checkOutcome(fault: Fault): 'login-refused' | 'unreachable' {
  return fault.code === 'login-refused' ? 'login-refused' : 'unreachable';
}

/**
 * Writes the status only when it differs, so that a healthy account costs no write at each connection. Whoever wrote that
 * logins are refused tells the devices: it is written once, however many workers find it.
 *
 * @param account as it was when the mailbox was asked, or its id
 */
export async function setAccountStatus(
  services: Services,
  account: Account | string,
  status: AccountStatus,
): Promise<void> {
  let current = typeof account === 'string' ? await getAccount(services.store, account) : account;
  const asked = current;
  for (let attempt = 0; attempt < limits.accountWriteAttempts; attempt++) {
    if (current === undefined || current.status === status || current.status === 'paused') return;
    if (asked === undefined || !isSameLogin(current, asked)) return;
    const changed = { ...current, status };
    if ((await updateAccount(services.store, changed)) === 'written') {
      await tellNews(services, current.id);
      return tellStatus(services, changed, current.status);
    }
    // Somebody changed the account meanwhile. The next connection tells any other status again, but the tries for a login
    // that is refused are used up.
    if (status !== 'login-refused') return;
    current = await getAccount(services.store, current.id);
  }
}

/** A refusal says nothing of a password that was stored since. */
function isSameLogin(a: Account, b: Account): boolean {
  return a.sealedCredentials === b.sealedCredentials && a.imap.host === b.imap.host;
}
