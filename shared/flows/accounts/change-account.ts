import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getAccount, updateAccount } from '../../store/account.ts';
import type { Account } from '../../store/items.ts';
import { accountDigest } from '../changes/account-digest.ts';
import { type NewsServices, tellNews } from '../changes/tell-news.ts';

/**
 * Reads, changes and writes an account, again from the start when somebody else wrote in between. A change that gives back
 * the same object writes nothing; one that devices show is news to them.
 *
 * @throws Fault `not-found` when it was erased, `conflict` when others keep winning
 */
export async function changeAccount(
  services: NewsServices,
  accountId: string,
  change: (stored: Account) => Account,
): Promise<Account> {
  for (let attempt = 0; attempt < limits.accountWriteAttempts; attempt++) {
    const stored = await getAccount(services.store, accountId);
    if (stored === undefined) throw new Fault('not-found', 'There is no such account.');
    const changed = change(stored);
    if (changed === stored) return changed;
    if ((await updateAccount(services.store, changed)) === 'stale') continue;
    if (accountDigest(changed) !== accountDigest(stored)) await tellNews(services, accountId);
    return changed;
  }
  throw new Fault('conflict', 'The account is being changed by another device. Try again.');
}
