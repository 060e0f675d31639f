import type { Services } from '../../shared/flows/services.ts';
import { modeNow } from '../../shared/flows/watch/mode-now.ts';
import type { Account } from '../../shared/store/items.ts';
import { getWatch } from '../../shared/store/watch.ts';
import { accountReply } from './schemas/account.ts';

/** An account as its devices see it, with how it is watched at this moment. */
export async function accountShown(services: Services, account: Account) {
  const { store, clock, hostWatch, lastChecks, vapid } = services;
  const watch = await getWatch(store, account.id);
  return accountReply({
    account,
    watch,
    mode: modeNow(account.status, watch, hostWatch, clock.now()),
    lastCheckedAt: lastChecks.get(account.id),
    vapid,
  });
}
