import type { Alert } from '../coi/alert.ts';
import { afterPush } from '../push/delivery-policy.ts';
import type { PushOutcome } from '../push/push-client.ts';
import type { Conversation, Message, Subscription } from '../store/items.ts';
import { applySubscriptionChange } from './change-subscription.ts';
import { deferPush } from './defer-push.ts';
import { type MailAtHand, payloadFor } from './push-payload-for.ts';
import type { Services } from './services.ts';

/** What devices are told of one message. `mail` is there only while the mail itself is at hand: bodies are not stored. */
export type Notice = {
  readonly message: Message;
  readonly conversation: Conversation | undefined;
  readonly alert: Pick<Alert, 'ttlSeconds' | 'urgency'>;
  readonly mail: MailAtHand | undefined;
};

/**
 * Pushes a notice to every subscription given, at once. What a push service puts off is recorded in the table and then
 * queued; when this returns, no device is forgotten.
 */
export async function notify(
  services: Services,
  notice: Notice,
  subscriptions: readonly Subscription[],
): Promise<void> {
  await Promise.all(
    subscriptions.map(async (subscription) => {
      const outcome = await pushTo(services, notice, subscription);
      if (outcome.kind === 'later')
        await deferPush(services, notice, subscription, outcome.retryAfterSeconds);
    }),
  );
}

/** One push to one device, and what its outcome means for the subscription. Never throws for what a push service does. */
export async function pushTo(
  services: Services,
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
  return outcome;
}
