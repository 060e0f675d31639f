import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { getAccount } from '../store/account.ts';
import { getWatch } from '../store/watch.ts';
import { type AccountCheck, CursorTaken } from './account-check.ts';
import { setAccountStatus } from './account-status.ts';
import { checkFolders } from './check-account.ts';
import { checkOpenFolder } from './check-folder.ts';
import { openCheck } from './open-check.ts';
import type { Services } from './services.ts';

/** Why a watch ended: it was told to, the account is gone, or its login was refused twice. */
export type WatchEnd = 'stopped' | 'gone' | 'login-refused';

/**
 * Watches one account by IMAP IDLE until told to stop: check, wait for the server to speak or for the renewal, check
 * again. Trouble ends the connection, never the watch: it comes back after a growing, jittered pause. Only a login
 * refused twice ends it, because asking again and again locks people out at their provider.
 */
export async function watchAccount(
  services: Services,
  accountId: string,
  signal: AbortSignal,
): Promise<WatchEnd> {
  let failures = 0;
  let refusals = 0;
  while (!signal.aborted) {
    const startedAt = services.clock.now();
    try {
      const account = await getAccount(services.store, accountId);
      const watch = await getWatch(services.store, accountId);
      if (account === undefined || watch === undefined) return 'gone';
      const check = await openCheck(services, account, watch);
      await setAccountStatus(services, account, 'ok');
      refusals = 0;
      await holdConnection(check, signal);
    } catch (error) {
      if (error instanceof Fault && error.code === 'login-refused') refusals += 1;
      if (refusals >= limits.loginRefusals) {
        await setAccountStatus(services, accountId, 'login-refused');
        return 'login-refused';
      }
      // A connection counts as healthy after it has lasted, not after it has logged in.
      const lasted = services.clock.now() - startedAt >= limits.healthyAfterMs;
      failures = lasted || error instanceof CursorTaken ? 0 : failures + 1;
      services.log.warn('watch-interrupted', { account: accountId, cause: causeOf(error), failures });
      if (failures === limits.failuresUntilUnreachable) {
        await setAccountStatus(services, accountId, 'unreachable');
      }
      if (!signal.aborted) await services.clock.sleep(reconnectDelayMs(failures, Math.random()), signal);
    }
  }
  return 'stopped';
}

/** Holds one connection until it breaks (throws) or the watch is to stop (returns). */
async function holdConnection(check: AccountCheck, signal: AbortSignal): Promise<void> {
  const waiting = check.folders.at(-1);
  if (waiting === undefined) throw new Error('an account without folders');
  try {
    await checkFolders(check);
    while (!signal.aborted) {
      const woken = await check.session.idle({ renewAfterMs: limits.idleRenewMs, signal });
      if (woken === 'activity') await checkOpenFolder(check, waiting);
      // At each renewal everything is compared anew: an event may be missed, a comparison cannot.
      if (woken === 'renew') await checkFolders(check);
    }
  } finally {
    check.session.close();
  }
}

/** Full jitter: anything between one second and a bound that doubles with each failure in a row. */
export function reconnectDelayMs(failures: number, random: number): number {
  const bound = Math.min(limits.reconnectMaxMs, limits.reconnectMinMs * 2 ** Math.min(failures, 20));
  return limits.reconnectMinMs + Math.floor(random * (bound - limits.reconnectMinMs));
}

function causeOf(error: unknown): string {
  if (error instanceof Fault) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
