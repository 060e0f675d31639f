import { setWatchChanged } from '../../store/watch.ts';
import type { Services } from '../services.ts';

/**
 * Has an account looked at with what is stored of it now: a new password, other settings. A poll does it at once; a worker
 * that holds the account's connection, which no queue reaches, makes it anew within a minute.
 */
export async function lookAnew(
  { store, queues, clock }: Pick<Services, 'store' | 'queues' | 'clock'>,
  accountId: string,
): Promise<void> {
  const at = clock.now();
  await setWatchChanged(store, accountId, at);
  await queues.send('poll', { accountIds: [accountId], at });
}
