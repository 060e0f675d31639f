import type { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { Throttled } from '../../imap/mail-fault.ts';
import type { Watch, WatchTrouble } from '../../store/items.ts';
import { setTrouble } from '../../store/watch.ts';
import type { Services } from '../services.ts';
import { troubleAfter, troubleAfterSuccess } from './back-off.ts';

type TroubleServices = Pick<Services, 'store' | 'clock' | 'log' | 'circuits'>;

/** Notes that a poll failed, or that a server throttles: how long the account is left alone, and whether it may be held. */
export async function noteTrouble(services: TroubleServices, watch: Watch, fault: Fault): Promise<void> {
  if (fault instanceof Throttled) services.circuits.noteThrottled(watch.host);
  await write(services, watch, troubleAfter(watch, fault, services.clock.now()));
}

/**
 * Notes how long a connection that is held pauses after so many failures in a row, for whoever takes the account over. A
 * pause that is over before anybody does costs nothing.
 */
export async function notePause(
  services: TroubleServices,
  watch: Watch,
  failures: number,
  ms: number,
): Promise<void> {
  if (ms < limits.backOffStoredMs) return;
  const retryAt = services.clock.now() + ms;
  await write(services, watch, { failures, retryAt, pollUntil: watch.trouble?.pollUntil });
}

/** Notes that an account was reached again; one that was in no trouble costs nothing. */
export async function noteReached(services: TroubleServices, watch: Watch): Promise<void> {
  if (watch.trouble === undefined) return;
  const left = troubleAfterSuccess(watch, services.clock.now());
  if (left === undefined || watch.trouble.failures > 0) await write(services, watch, left);
}

/** It is a hint: without it, the account is asked sooner, or later, than it should be. */
async function write(
  { store, log }: TroubleServices,
  { accountId }: Watch,
  trouble: WatchTrouble | undefined,
): Promise<void> {
  await setTrouble(store, accountId, trouble).catch(() =>
    log.warn('trouble-not-noted', { account: accountId }),
  );
}
