import { buildTestPayload } from '../../coi/push-payload.ts';
import { limits } from '../../core/limits.ts';
import { afterPush } from '../../push/delivery-policy.ts';
import { padPayload } from '../../push/padding.ts';
import type { PushOutcome } from '../../push/push-client.ts';
import type { Subscription } from '../../store/items.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import type { PushServices } from '../services.ts';
import { applySubscriptionChange } from './change-subscription.ts';

/** What became of a test push to one device. */
export type TestedPush = { readonly subscription: Subscription; readonly outcome: PushOutcome };

/**
 * A push that says that it is one, to each device of an account, once: whoever asked sees what became of it, and nothing
 * is tried again. For the subscriptions it counts like any other push.
 */
export async function pushTest(services: PushServices, accountId: string): Promise<TestedPush[]> {
  const now = services.clock.now();
  const subscriptions = await listActiveSubscriptions(services.store, accountId, now);
  const payload = padPayload(buildTestPayload(accountId));
  const options = { ttlSeconds: limits.testPushTtlSeconds, urgency: 'high' } as const;
  return Promise.all(
    subscriptions.map(async (subscription) => {
      const outcome = await services.push.send(subscription, payload, options);
      const change = afterPush(subscription, outcome, services.clock.now());
      await applySubscriptionChange(services, subscription, change);
      return { subscription, outcome };
    }),
  );
}
