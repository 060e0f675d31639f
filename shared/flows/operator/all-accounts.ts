import { getAccount } from '../../store/account.ts';
import type { Account, Watch } from '../../store/items.ts';
import { listPartition } from '../../store/partition.ts';
import type { Services } from '../services.ts';

/** Every account that is watched, partition by partition. Reads all of them: for an operator, now and then. */
export async function* allAccounts({
  store,
  clock,
}: Pick<Services, 'store' | 'clock'>): AsyncGenerator<{ account: Account; watch: Watch }> {
  for (let partition = 0; partition < store.partitions; partition++) {
    const { watches } = await listPartition(store, partition, clock.now());
    for (const watch of watches) {
      const account = await getAccount(store, watch.accountId);
      if (account !== undefined) yield { account, watch };
    }
  }
}
