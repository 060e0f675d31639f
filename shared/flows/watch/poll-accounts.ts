import { DeadlineExceeded } from '../../core/deadline.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAccount } from '../../store/account.ts';
import { getWatch } from '../../store/watch.ts';
import { checkOutcome, isAtRest, setAccountStatus } from '../accounts/account-status.ts';
import type { Services } from '../services.ts';
import { CursorTaken } from './account-check.ts';
import { checkAccount } from './check-account.ts';
import { HostShut } from './host-circuits.ts';
import { noteReached, noteTrouble } from './note-trouble.ts';

/**
 * Checks many mailboxes briefly, some at a time. One account's trouble is its own: it is noted and the others go on.
 * Accounts whose login was refused are left alone until their owner signs in again.
 *
 * @param signal no further account is begun after its abort
 * @throws Error when time ran out before all were checked, or for a fault of ours in one of them, after the others
 */
export async function pollAccounts(
  services: Services,
  accountIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const waiting = [...accountIds];
  const faults: unknown[] = [];
  const lanes = Array.from({ length: limits.pollLanes }, async () => {
    while (!signal?.aborted) {
      const id = waiting.shift();
      if (id === undefined) return;
      await pollAccount(services, id).catch((error: unknown) => faults.push(error));
    }
  });
  await Promise.all(lanes);
  if (signal?.aborted) throw new DeadlineExceeded('poll');
  if (faults.length > 0) throw faults[0];
}

async function pollAccount(services: Services, accountId: string): Promise<void> {
  const account = await getAccount(services.store, accountId);
  const watch = await getWatch(services.store, accountId);
  if (account === undefined || watch === undefined) return;
  if (isAtRest(account.status)) return;
  try {
    await withSecondTry(() => checkAccount(services, account, watch));
    await setAccountStatus(services, account, 'ok');
    await noteReached(services, watch);
  } catch (error) {
    // Whoever moved the cursor has checked this account just now.
    if (error instanceof CursorTaken) return;
    if (!(error instanceof Fault)) throw error;
    // Nobody asked, so nothing is known of this account; it comes again in its turn.
    if (error instanceof HostShut) return;
    services.log.warn('watch-interrupted', { account: accountId, cause: error.code });
    services.metrics.add('Checks', 1, { outcome: checkOutcome(error) });
    if (error.code === 'login-refused') await setAccountStatus(services, account, 'login-refused');
    if (error.code === 'mail-host-unreachable') await noteTrouble(services, watch, error);
  }
}

/** A login is believed to be refused when it was refused twice: servers under load refuse good ones now and then. */
async function withSecondTry(check: () => Promise<number>): Promise<number> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof Fault && error.code === 'login-refused') return check();
    throw error;
  }
}
