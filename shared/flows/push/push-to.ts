import { afterPush } from '../../push/delivery-policy.ts';
import type { PushOutcome } from '../../push/push-client.ts';
import { pushServiceOf } from '../../push/push-service.ts';
import type { Subscription } from '../../store/items.ts';
import type { PushServices } from '../services.ts';
import { applySubscriptionChange } from './change-subscription.ts';
import type { Notice } from './notice.ts';
import { payloadFor } from './push-payload-for.ts';

/** One push to one device, and what its outcome means for the subscription. Never throws for what a push service does. */
export async function pushTo(
  services: PushServices,
  notice: Notice,
  subscription: Subscription,
): Promise<PushOutcome> {
  const { ttlSeconds, urgency } = notice.alert;
  let outcome = await services.push.send(subscription, payloadFor(notice, subscription), {
    ttlSeconds,
    urgency,
  });
  if (outcome.kind === 'too-large' && notice.mail !== undefined) {
    const smaller = payloadFor({ ...notice, mail: undefined }, subscription);
    outcome = await services.push.send(subscription, smaller, { ttlSeconds, urgency });
  }
  const now = services.clock.now();
  await applySubscriptionChange(services, subscription, afterPush(subscription, outcome, now));
  services.log.info(outcome.kind === 'delivered' ? 'push-delivered' : 'push-failed', {
    account: subscription.accountId,
    outcome: outcome.kind,
    status: 'status' in outcome ? outcome.status : undefined,
    lagMs: now - notice.message.receivedAt,
  });
  services.metrics.add('Pushes', 1, {
    pushService: pushServiceOf(subscription.endpoint),
    outcome: outcome.kind === 'too-large' ? 'refused' : outcome.kind,
  });
  if (outcome.kind === 'delivered')
    services.metrics.add('PushLag', Math.max(0, now - notice.message.receivedAt), {});
  return outcome;
}
