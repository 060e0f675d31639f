import type { Account } from '../../store/items.ts';
import { changeAccount } from '../accounts/change-account.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';

/**
 * Stops or begins to ask the mail servers of an account, whatever its user does meanwhile. Who holds its connection lets
 * go within a minute.
 *
 * @throws Fault `not-found`
 */
export async function setPaused(services: Services, accountId: string, isPaused: boolean): Promise<Account> {
  const account = await changeAccount(services, accountId, (stored) => {
    if (isPaused === (stored.status === 'paused')) return stored;
    return { ...stored, status: isPaused ? 'paused' : 'ok' };
  });
  await lookAnew(services, accountId);
  return account;
}
