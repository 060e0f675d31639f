import { withAnySignal } from '../../core/any-signal.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { Throttled } from '../../imap/mail-fault.ts';
import { getAccount } from '../../store/account.ts';
import type { Account, Watch } from '../../store/items.ts';
import { getWatch } from '../../store/watch.ts';
import { checkOutcome, isAtRest, setAccountStatus } from '../accounts/account-status.ts';
import { loginEndsAt } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';
import { type AccountCheck, CursorTaken } from './account-check.ts';
import { mayCheck, reconnectDelayMs } from './back-off.ts';
import { holdConnection } from './hold-connection.ts';
import { HostShut } from './host-circuits.ts';
import { notePause, noteReached, noteTrouble } from './note-trouble.ts';
import { openCheck } from './open-check.ts';

/**
 * Why a watch ended: it was told to, the account is gone or paused, its login was refused twice, or its server wants to be
 * asked less, so that it is polled for a while.
 */
export type WatchEnd = 'stopped' | 'gone' | 'paused' | 'login-refused' | 'throttled';

export type WatchOptions = {
  /** Of the lease under which the account is watched, where there are other workers. */
  readonly generation?: () => number;
  /** Called when the first try is over: the account was checked and is waited for, or it went wrong. May come again. */
  readonly onSettled?: () => void;
};

/**
 * Watches one account by IMAP IDLE until told to stop: check, wait for the server to speak or for the renewal, check
 * again. Trouble ends the connection, never the watch: it comes back after a growing, jittered pause. Only a login
 * refused twice ends it, because asking again and again locks people out at their provider, and a server that throttles.
 */
export async function watchAccount(
  services: Services,
  accountId: string,
  signal: AbortSignal,
  options: WatchOptions = {},
): Promise<WatchEnd> {
  const watching = new AccountWatch(services, accountId, signal, options);
  let end: WatchEnd | undefined;
  while (end === undefined) end = signal.aborted ? 'stopped' : await watching.connectOnce();
  return end;
}

class AccountWatch {
  readonly #services: Services;
  readonly #accountId: string;
  readonly #signal: AbortSignal;
  readonly #generation: (() => number) | undefined;
  readonly #onSettled: () => void;
  #failures = 0;
  #refusals = 0;
  /** As they were last read. */
  #account: Account | undefined;
  #watch: Watch | undefined;
  /** When the last connection was made; undefined while there is none. */
  #openedAt: number | undefined;

  constructor(services: Services, accountId: string, signal: AbortSignal, options: WatchOptions) {
    this.#services = services;
    this.#accountId = accountId;
    this.#signal = signal;
    this.#generation = options.generation;
    this.#onSettled = options.onSettled ?? (() => undefined);
  }

  /** One connection, or one try to make it, with the pause after it. */
  async connectOnce(): Promise<WatchEnd | undefined> {
    this.#openedAt = undefined;
    try {
      return await this.#connectAndHold();
    } catch (error) {
      if (error instanceof HostShut) {
        await this.#pause(shutPauseMs(error, this.#services.clock.now()));
        return undefined;
      }
      return (await this.#isRefusedAgain(error)) ? 'login-refused' : this.#afterFailure(error);
    }
  }

  async #connectAndHold(): Promise<WatchEnd | undefined> {
    const { store, clock, circuits } = this.#services;
    const account = await getAccount(store, this.#accountId);
    const watch = await getWatch(store, this.#accountId);
    if (account === undefined || watch === undefined) return 'gone';
    if (isAtRest(account.status)) return account.status;
    this.#account = account;
    this.#watch = watch;
    const { trouble } = watch;
    if (trouble !== undefined && !mayCheck(watch, clock.now())) {
      // Whoever had the account before was to wait so long: a hand-over is no reason to ask sooner.
      this.#failures = Math.max(this.#failures, trouble.failures);
      await this.#pause(trouble.retryAt - clock.now());
      return undefined;
    }
    const open = () => openCheck(this.#services, account, watch, this.#generation);
    const check = await circuits.inTurn(watch.host, open, this.#signal);
    if (check === undefined) return undefined;
    this.#openedAt = clock.now();
    await setAccountStatus(this.#services, account, 'ok');
    this.#refusals = 0;
    await this.#hold(check, watch);
    return undefined;
  }

  /** Holds the connection until it breaks or the watch is to stop, and forgets former trouble once it has lasted. */
  async #hold(check: AccountCheck, watch: Watch): Promise<void> {
    const over = new AbortController();
    await withAnySignal([this.#signal, over.signal], async (signal) => {
      if (watch.trouble !== undefined) {
        void this.#services.clock
          .sleep(limits.healthyAfterMs, signal)
          .then(() => (signal.aborted ? undefined : noteReached(this.#services, watch)));
      }
      const endsAt = loginEndsAt(check.session);
      if (endsAt !== undefined) void this.#endBefore(endsAt, over, signal);
      await holdConnection(check, signal, this.#onSettled);
    });
  }

  /**
   * Some servers (Gmail) end a session with the token that it was made with. The connection is made anew before, when the
   * next token is due, and not in the same second for all accounts that signed in together.
   */
  async #endBefore(endsAt: number, over: AbortController, signal: AbortSignal): Promise<void> {
    const { clock } = this.#services;
    const renewAt = endsAt - limits.tokenRenewBeforeMs + Math.random() * limits.tokenHoldSpreadMs;
    await clock.sleep(Math.max(limits.tokenHoldMinMs, renewAt - clock.now()), signal);
    over.abort();
  }

  /** A login is believed to be refused when it was refused twice. */
  async #isRefusedAgain(error: unknown): Promise<boolean> {
    if (error instanceof Fault && error.code === 'login-refused') this.#refusals += 1;
    if (this.#refusals < limits.loginRefusals) return false;
    await setAccountStatus(this.#services, this.#account ?? this.#accountId, 'login-refused');
    return true;
  }

  async #afterFailure(error: unknown): Promise<WatchEnd | undefined> {
    const { clock, log, metrics } = this.#services;
    // A connection counts as healthy after it has lasted, not after it has logged in.
    const hasLasted = this.#openedAt !== undefined && clock.now() - this.#openedAt >= limits.healthyAfterMs;
    this.#failures = hasLasted || error instanceof CursorTaken ? 0 : this.#failures + 1;
    log.warn('watch-interrupted', {
      account: this.#accountId,
      cause: causeOf(error),
      failures: this.#failures,
    });
    if (error instanceof Fault) metrics.add('Checks', 1, { outcome: checkOutcome(error) });
    if (this.#failures === limits.failuresUntilUnreachable) {
      await setAccountStatus(this.#services, this.#accountId, 'unreachable');
    }
    const watch = error instanceof Fault ? this.#watch : undefined;
    // A server that was fine until now may only be starting anew.
    if (watch && error instanceof Throttled && !(hasLasted && error.backOffMs === undefined)) {
      await noteTrouble(this.#services, watch, error);
      return 'throttled';
    }
    const ms = reconnectDelayMs(this.#failures, Math.random());
    if (watch) await notePause(this.#services, watch, this.#failures, ms);
    await this.#pause(ms);
    return undefined;
  }

  async #pause(ms: number): Promise<void> {
    this.#onSettled();
    if (!this.#signal.aborted) await this.#services.clock.sleep(ms, this.#signal);
  }
}

/** Those who wait for one host come back spread over as long as it takes to hear that it is well again. */
function shutPauseMs({ until }: HostShut, now: number): number {
  return Math.max(0, until - now) + Math.floor((0.5 + Math.random() / 2) * limits.hostLookMs);
}

function causeOf(error: unknown): string {
  if (error instanceof Fault) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
