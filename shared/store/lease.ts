import type { Store } from './client.ts';
import type { Lease } from './items.ts';
import { leaseKey } from './keys.ts';
import type { Item } from './stored-item.ts';
import { StoredItem } from './stored-item.ts';

/** Who holds a partition, seen consistently; undefined when nobody ever did. */
export async function getLease(store: Store, partition: number): Promise<Lease | undefined> {
  const item = await store.get(leaseKey(partition));
  return item && leaseOf(partition, item);
}

/**
 * Takes a partition over from the state that was read, under the next generation. Of two workers that read the same state
 * one gets it. Asking again, after an answer that was lost, gives what the first request got.
 *
 * @returns the lease that is held now; undefined when somebody else took it meanwhile
 */
export async function takeLease(
  store: Store,
  partition: number,
  from: Lease | undefined,
  workerId: string,
): Promise<Lease | undefined> {
  const generation = (from?.generation ?? 0) + 1;
  const taken = await store.put(
    leaseKey(partition),
    { g: generation, w: workerId },
    from === undefined
      ? { text: 'attribute_not_exists(pk)' }
      : { text: 'g = :from', values: { ':from': from.generation } },
  );
  if (taken) return { partition, workerId, generation, releasedAt: undefined };
  const now = await getLease(store, partition);
  return now?.workerId === workerId && now.generation === generation ? now : undefined;
}

/** Gives a partition up, so that its next holder need not wait. The generation stays: it never falls. */
export async function releaseLease(
  store: Store,
  { partition, generation }: Pick<Lease, 'partition' | 'generation'>,
  at: number,
): Promise<void> {
  await store.update(
    leaseKey(partition),
    { text: 'SET ra = :at REMOVE w', values: { ':at': at } },
    { text: 'g = :mine', values: { ':mine': generation } },
  );
}

export function leaseOf(partition: number, item: Item): Lease {
  const stored = new StoredItem('lease', item);
  return {
    partition,
    workerId: stored.optionalText('w'),
    generation: stored.number('g'),
    releasedAt: stored.optionalNumber('ra'),
  };
}
