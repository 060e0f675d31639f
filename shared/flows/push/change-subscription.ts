import type { SubscriptionChange } from '../../push/delivery-policy.ts';
import type { SubscribedTarget, Subscription } from '../../store/items.ts';
import { deleteSubscription, putSubscription } from '../../store/subscription.ts';
import type { PushServices } from '../services.ts';

/**
 * Carries out what a push's outcome means for its subscription, on the condition that the subscription is still the one
 * that was pushed to: a device that renewed it meanwhile keeps the new one.
 */
export async function applySubscriptionChange(
  services: PushServices,
  subscription: Subscription,
  change: SubscriptionChange,
): Promise<void> {
  switch (change.kind) {
    case 'none':
      return;
    case 'delete':
      if (subscription.replacement !== undefined)
        return promote(services, subscription, subscription.replacement);
      await deleteSubscription(services.store, subscription);
      services.log.info('subscription-removed', { account: subscription.accountId, reason: change.reason });
      return;
    case 'update':
      await putSubscription(services.store, { ...subscription, ...change.fields }, services.clock.now());
      return;
  }
}

/** The endpoint ended while the device was about to replace it: what is left is the new one, waiting to be validated. */
async function promote(
  services: PushServices,
  subscription: Subscription,
  replacement: SubscribedTarget,
): Promise<void> {
  const now = services.clock.now();
  const pending: Subscription = {
    ...subscription,
    ...replacement,
    replacement: undefined,
    cap: undefined,
    state: 'pending',
    expiresAt: subscription.validationUntil ?? now,
  };
  await putSubscription(services.store, pending, now);
}
