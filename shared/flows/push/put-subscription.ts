import { Fault } from '../../core/faults.ts';
import type { Subscription } from '../../store/items.ts';
import { deleteSubscription, putSubscription } from '../../store/subscription.ts';
import type { Services } from '../services.ts';

/** @throws Fault `conflict` when somebody else changed it */
export async function put(services: Services, subscription: Subscription): Promise<Subscription> {
  if ((await putSubscription(services.store, subscription, services.clock.now())) === 'stale') {
    throw new Fault('conflict', 'The subscription is being changed by someone else. Try again.');
  }
  return { ...subscription, version: subscription.version + 1 };
}

/** Leaves things as they were, unless somebody changed them since. */
export async function takeBack(
  services: Services,
  stored: Subscription,
  before: Subscription | undefined,
): Promise<void> {
  if (before === undefined) await deleteSubscription(services.store, stored);
  else await putSubscription(services.store, { ...before, version: stored.version }, services.clock.now());
}
