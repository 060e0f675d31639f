import type { SubscriptionChange } from '../push/delivery-policy.ts';
import type { Subscription } from '../store/items.ts';
import { deleteSubscription, putSubscription } from '../store/subscription.ts';
import type { Services } from './services.ts';

/**
 * Carries out what a push's outcome means for its subscription, on the condition that the subscription is still the one
 * that was pushed to: a device that renewed it meanwhile keeps the new one.
 */
export async function applySubscriptionChange(
  services: Services,
  subscription: Subscription,
  change: SubscriptionChange,
): Promise<void> {
  switch (change.kind) {
    case 'none':
      return;
    case 'delete':
      await deleteSubscription(services.store, subscription);
      services.log.info('subscription-removed', { account: subscription.accountId, reason: change.reason });
      return;
    case 'update':
      await putSubscription(services.store, { ...subscription, ...change.fields }, services.clock.now());
      return;
  }
}
