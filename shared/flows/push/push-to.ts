import { createHash } from 'node:crypto';
import { afterPush, andCap } from '../../push/delivery-policy.ts';
import type { PushOptions, PushOutcome } from '../../push/push-client.ts';
import { pushServiceOf } from '../../push/push-service.ts';
import type { SizeCap } from '../../push/size-caps.ts';
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
  const options = optionsOf(notice, subscription);
  const payload = payloadFor(notice, subscription, services.push.payloadLimit(subscription));
  let outcome = await services.push.send(subscription, payload, options);
  let cap = capOf(outcome);
  if (cap !== undefined) {
    // At once and without content; what comes after it is built to fit from the start.
    const smaller = payloadFor(withoutContent(notice), subscription, cap.bytes);
    outcome = await services.push.send(subscription, smaller, options);
    cap = capOf(outcome) ?? cap;
    services.log.info('push-cap-learned', { account: subscription.accountId, bytes: cap.bytes });
  }
  const now = services.clock.now();
  const change = andCap(afterPush(subscription, outcome, now), cap);
  await applySubscriptionChange(services, subscription, change);
  const lagMs = 'message' in notice ? now - notice.message.receivedAt : undefined;
  services.log.info(outcome.kind === 'delivered' ? 'push-delivered' : 'push-failed', {
    account: subscription.accountId,
    outcome: outcome.kind,
    status: 'status' in outcome ? outcome.status : undefined,
    lagMs,
  });
  services.metrics.add('Pushes', 1, {
    pushService: pushServiceOf(subscription.endpoint),
    outcome: outcome.kind === 'too-large' ? 'refused' : outcome.kind,
  });
  if (outcome.kind === 'delivered' && lagMs !== undefined)
    services.metrics.add('PushLag', Math.max(0, lagMs), {});
  return outcome;
}

function capOf(outcome: PushOutcome): SizeCap | undefined {
  return outcome.kind === 'too-large' ? outcome.cap : undefined;
}

function withoutContent(notice: Notice): Notice {
  if (!('message' in notice) || notice.mail === undefined) return notice;
  return { ...notice, mail: { ...notice.mail, body: undefined } };
}

function optionsOf(notice: Notice, subscription: Subscription): PushOptions {
  const { ttlSeconds, urgency } = notice.alert;
  if ('seen' in notice) return { ttlSeconds, urgency, topic: topicOf(subscription, notice.seen.id) };
  if (!('message' in notice)) return { ttlSeconds, urgency, topic: topicOf(subscription, 'status') };
  if ('changed' in notice) {
    const { kind, key } = notice.changed;
    return { ttlSeconds, urgency, topic: topicOf(subscription, `${kind} ${key}`) };
  }
  // Messages by themselves have none: each is to arrive.
  if (notice.count === undefined) return { ttlSeconds, urgency };
  return { ttlSeconds, urgency, topic: topicOf(subscription, notice.message.conversationId) };
}

/** What is newer of one matter replaces what was not delivered. Two devices have two topics: push services see no tie. */
function topicOf({ accountId, id }: Subscription, matter: string): string {
  return createHash('sha256').update(`${matter} ${accountId} ${id}`).digest('base64url').slice(0, 32);
}
