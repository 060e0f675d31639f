import type { Fault } from '../../core/faults.ts';
import { getAccount, updateAccount } from '../../store/account.ts';
import type { Account, AccountStatus } from '../../store/items.ts';
import type { Services } from '../services.ts';

/** Whether no server is to be asked for this account until its owner does something: after a restart as well. */
export function isAtRest(status: AccountStatus): status is 'login-refused' | 'paused' {
  return status === 'login-refused' || status === 'paused';
}

/** What a check that failed counts as. */
export function checkOutcome(fault: Fault): 'login-refused' | 'unreachable' {
  return fault.code === 'login-refused' ? 'login-refused' : 'unreachable';
}

/** Writes the status only when it differs, so that a healthy account costs no write at each connection. */
export async function setAccountStatus(
  services: Services,
  account: Account | string,
  status: AccountStatus,
): Promise<void> {
  const current = typeof account === 'string' ? await getAccount(services.store, account) : account;
  if (current === undefined || current.status === status) return;
  // A stale write means somebody changed the account meanwhile; the next connection tells the status again.
  await updateAccount(services.store, { ...current, status });
}
