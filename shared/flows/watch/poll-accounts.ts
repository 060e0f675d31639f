import { DeadlineExceeded } from '../../core/deadline.ts';
import { FairQueue } from '../../core/fair-queue.ts';
import { Fault } from '../../core/faults.ts';
import { hostNameOf } from '../../core/host-name.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Watch } from '../../store/items.ts';
import { getPolledAccounts, type PolledAccount } from '../../store/polled-accounts.ts';
import { checkOutcome, isAtRest, setAccountStatus } from '../accounts/account-status.ts';
import type { Services } from '../services.ts';
import { CursorTaken } from './account-check.ts';
import { checkAccount } from './check-account.ts';
import { HostShut } from './host-circuits.ts';
import { noteReached, noteTrouble } from './note-trouble.ts';

export type PollOptions = {
  /** No further account is begun after its abort. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each account before it is looked at, `undefined` of one that is not watched any more; whether to poll it. */
  readonly admit?: (accountId: string, watch: Watch | undefined) => Promise<boolean>;
};

/**
 * Checks many mailboxes briefly, some at a time, and those of one host beside those of others: a host that lets everybody
 * wait holds up its own accounts alone. One account's trouble is its own: it is noted and the others go on. Accounts whose
 * login was refused are left alone until their owner signs in again.
 *
 * @throws Error when time ran out before all were checked, or for a fault of ours in one of them, after the others
 */
export async function pollAccounts(
  services: Services,
  accountIds: readonly string[],
  { signal, admit = async () => true }: PollOptions = {},
): Promise<void> {
  const faults: unknown[] = [];
  const polled = await getPolledAccounts(services.store, accountIds);
  const waiting = new FairQueue(polled, ({ stored }) => hostNameOf(stored?.watch.host ?? ''));
  const lanes = Array.from({ length: limits.pollLanes }, async () => {
    while (!signal?.aborted) {
      const next = waiting.take();
      if (next === undefined) return;
      const work = async () => {
        const found = foundIn(next.item);
        if (await admit(next.item.accountId, found?.watch)) await pollAccount(services, found, signal);
      };
      await work().catch((error: unknown) => faults.push(error));
      next.done();
    }
  });
  await Promise.all(lanes);
  if (signal?.aborted) throw new DeadlineExceeded('poll');
  if (faults.length > 0) throw faults[0];
}

type Found = PolledAccount['stored'];

/** @throws StoredItemUnreadable */
function foundIn({ stored, unreadable }: PolledAccount): Found {
  if (unreadable !== undefined) throw unreadable;
  return stored;
}

async function pollAccount(services: Services, found: Found, signal: AbortSignal | undefined): Promise<void> {
  if (found === undefined || isAtRest(found.account.status)) return;
  const { account, watch } = found;
  try {
    if ((await checkTwice(services, account, watch, signal)) === undefined) return;
    await setAccountStatus(services, account, 'ok');
    await noteReached(services, watch);
  } catch (error) {
    // Whoever moved the cursor has checked this account just now.
    if (error instanceof CursorTaken) return;
    if (!(error instanceof Fault)) throw error;
    // Nobody asked, so nothing is known of this account; it comes again in its turn.
    if (error instanceof HostShut) return;
    services.log.warn('watch-interrupted', { account: account.id, cause: error.code });
    services.metrics.add('Checks', 1, { outcome: checkOutcome(error) });
    if (error.code === 'login-refused') await setAccountStatus(services, account, 'login-refused');
    if (error.code === 'mail-host-unreachable') await noteTrouble(services, watch, error);
  }
}

/** A login is believed to be refused when it was refused twice: servers under load refuse good ones now and then. */
async function checkTwice(
  services: Services,
  account: Account,
  watch: Watch,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  try {
    return await checkAccount(services, account, watch, { signal });
  } catch (error) {
    if (error instanceof Fault && error.code === 'login-refused')
      return checkAccount(services, account, watch, { signal });
    throw error;
  }
}
