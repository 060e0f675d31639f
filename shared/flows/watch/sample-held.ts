import { Fault } from '../../core/faults.ts';
import { inLanes } from '../../core/lanes.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Watch } from '../../store/items.ts';
import { getPolledAccounts } from '../../store/polled-accounts.ts';
import { getWatch } from '../../store/watch.ts';
import { isAtRest } from '../accounts/account-status.ts';
import type { Services } from '../services.ts';
import { type AccountCheck, CursorTaken } from './account-check.ts';
import { checkFolders } from './check-account.ts';
import { compareFolder } from './compare-folder.ts';
import { foldersWithNews, recallFolders } from './folder-list.ts';
import { HostShut } from './host-circuits.ts';
import { openCheck } from './open-check.ts';

/**
 * Looks into mailboxes whose connections somebody holds, to find what those did not hear of: a connection may be dead
 * without either end knowing, and some servers keep mail to themselves. Who hears of a mail has some seconds to take it
 * in; what is there still is missed, counted, and taken in here. The holder goes on as it is: it sees the moved cursor.
 * Trouble with a mailbox is left to its holder.
 */
export async function sampleHeld(
  services: Services,
  accountIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const sampled = await getPolledAccounts(services.store, accountIds);
  await inLanes(sampled, limits.pollLanes, async ({ stored }) => {
    if (stored === undefined || isAtRest(stored.account.status) || signal?.aborted) return;
    await sample(services, stored, signal).catch((error: unknown) => {
      const isOfMailbox = error instanceof Fault || error instanceof CursorTaken || error instanceof HostShut;
      if (!isOfMailbox) throw error;
    });
  });
}

async function sample(
  services: Services,
  { account, watch }: { readonly account: Account; readonly watch: Watch },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { circuits, clock, store, metrics } = services;
  const open = () =>
    openCheck(services, account, watch, undefined, (session) => recallFolders(services, account, session));
  const check = await circuits.inTurn(watch.host, open, signal);
  if (check === undefined) return;
  try {
    const seen = await newsIn(check);
    if (seen.size === 0) return;
    await clock.sleep(limits.sampleWaitMs, signal);
    const now = await getWatch(store, account.id);
    if (now === undefined || signal?.aborted) return;
    for (const [path, cursor] of Object.entries(now.folders)) check.cursors.set(path, cursor);
    let missed = 0;
    check.onTaken = (mails) => {
      missed += mails.filter(({ folder, uid }) => uid < (seen.get(folder) ?? 0)).length;
    };
    await checkFolders(check);
    if (missed > 0) metrics.add('MissedByIdle', missed, {});
  } finally {
    check.session.close();
  }
}

/** The folders that are not as their cursors say, each with the UID that its next mail will have. */
async function newsIn(check: AccountCheck): Promise<ReadonlyMap<string, number>> {
  const news = new Map<string, number>();
  for (const { path } of await foldersWithNews(check)) {
    const { current, plan } = await compareFolder(check, path, await check.session.open(path, 'read'));
    if (plan.kind !== 'nothing') news.set(path, current.uidNext);
  }
  return news;
}
