import { Fault } from '../../core/faults.ts';
import type { Gate } from '../../core/gate.ts';
import { limits } from '../../core/limits.ts';
import { getAccount } from '../../store/account.ts';
import type { Account } from '../../store/items.ts';
import { getWatch } from '../../store/watch.ts';
import { checkOutcome, isAtRest, setAccountStatus } from '../accounts/account-status.ts';
import type { Services } from '../services.ts';
import { CursorTaken } from './account-check.ts';
import { holdConnection } from './hold-connection.ts';
import { openCheck } from './open-check.ts';

/** Why a watch ended: it was told to, the account is gone or paused, or its login was refused twice. */
export type WatchEnd = 'stopped' | 'gone' | 'paused' | 'login-refused';

export type WatchOptions = {
  /** Where logins wait for their turn. */
  readonly gate?: Gate;
  /** Of the lease under which the account is watched, where there are other workers. */
  readonly generation?: () => number;
  /** Called when the first try is over: the account was checked and is waited for, or it went wrong. May come again. */
  readonly onSettled?: () => void;
};

/**
 * Watches one account by IMAP IDLE until told to stop: check, wait for the server to speak or for the renewal, check
 * again. Trouble ends the connection, never the watch: it comes back after a growing, jittered pause. Only a login
 * refused twice ends it, because asking again and again locks people out at their provider.
 */
export async function watchAccount(
  services: Services,
  accountId: string,
  signal: AbortSignal,
  options: WatchOptions = {},
): Promise<WatchEnd> {
  const { gate, generation, onSettled = () => undefined } = options;
  let failures = 0;
  let refusals = 0;
  let asked: Account | string = accountId;
  while (!signal.aborted) {
    const startedAt = services.clock.now();
    try {
      const account = await getAccount(services.store, accountId);
      const watch = await getWatch(services.store, accountId);
      if (account === undefined || watch === undefined) return 'gone';
      if (isAtRest(account.status)) return account.status;
      asked = account;
      const open = () => openCheck(services, account, watch, generation);
      const check = gate === undefined ? await open() : await gate.pass(watch.host, open, signal);
      if (check === undefined) continue;
      await setAccountStatus(services, account, 'ok');
      refusals = 0;
      await holdConnection(check, signal, onSettled);
    } catch (error) {
      if (error instanceof Fault && error.code === 'login-refused') refusals += 1;
      if (refusals >= limits.loginRefusals) {
        await setAccountStatus(services, asked, 'login-refused');
        return 'login-refused';
      }
      // A connection counts as healthy after it has lasted, not after it has logged in.
      const lasted = services.clock.now() - startedAt >= limits.healthyAfterMs;
      failures = lasted || error instanceof CursorTaken ? 0 : failures + 1;
      services.log.warn('watch-interrupted', { account: accountId, cause: causeOf(error), failures });
      if (error instanceof Fault) services.metrics.add('Checks', 1, { outcome: checkOutcome(error) });
      if (failures === limits.failuresUntilUnreachable) {
        await setAccountStatus(services, accountId, 'unreachable');
      }
      onSettled();
      if (!signal.aborted) await services.clock.sleep(reconnectDelayMs(failures, Math.random()), signal);
    }
  }
  return 'stopped';
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
