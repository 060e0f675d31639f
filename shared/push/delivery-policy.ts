import { limits } from '../core/limits.ts';
import type { PushOutcome } from './push-outcome.ts';
import type { SizeCap } from './size-caps.ts';

/** What the policy looks at of a subscription. */
export type PushedSubscription = {
  /** ms; `undefined` when no push was ever delivered. */
  readonly lastSuccessAt: number | undefined;
  /** Refusals in a row. */
  readonly failures: number;
};

/** What is to be done with the subscription, on the condition that it is still the one that was pushed to. */
export type SubscriptionChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'delete'; readonly reason: 'gone' | 'never-delivered' }
  | {
      readonly kind: 'update';
      readonly fields: {
        readonly failures?: number;
        /** The push service said last that the subscription was made with another key than it is pushed to with. */
        readonly vapidMismatch?: boolean;
        readonly lastSuccessAt?: number;
        readonly state?: 'needs-resubscribe';
        readonly cap?: SizeCap;
      };
    };

/**
 * What a push's outcome means for its subscription. Only `gone` ends one at once: a wrong key, subject or clock of ours
 * makes every push service refuse every push, and must not cost all users their subscriptions. One that was refused from
 * the start is dead on arrival, and deleted; one that once worked is suspended, so that its device is told to subscribe
 * again, and ends by its expiry.
 */
export function afterPush(
  subscription: PushedSubscription,
  outcome: PushOutcome,
  now: number,
): SubscriptionChange {
  switch (outcome.kind) {
    case 'delivered':
      return afterSuccess(subscription, now);
    case 'gone':
      return { kind: 'delete', reason: 'gone' };
    case 'refused':
      return afterRefusal(subscription, outcome.reason === 'vapid-mismatch');
    case 'later':
    case 'too-large':
      return { kind: 'none' };
  }
}

/** The same, where its push service was found to take less than it was sent. */
export function andCap(change: SubscriptionChange, cap: SizeCap | undefined): SubscriptionChange {
  if (cap === undefined || change.kind === 'delete') return change;
  return { kind: 'update', fields: { ...(change.kind === 'update' ? change.fields : {}), cap } };
}

/** A success is news once in a while, and after refusals: else each push would cost a write. */
function afterSuccess({ lastSuccessAt, failures }: PushedSubscription, now: number): SubscriptionChange {
  const isNews =
    failures > 0 || lastSuccessAt === undefined || now - lastSuccessAt >= limits.pushSuccessNotedMs;
  return isNews
    ? { kind: 'update', fields: { failures: 0, vapidMismatch: false, lastSuccessAt: now } }
    : { kind: 'none' };
}

function afterRefusal(subscription: PushedSubscription, vapidMismatch: boolean): SubscriptionChange {
  const failures = subscription.failures + 1;
  if (subscription.lastSuccessAt === undefined) {
    return failures >= limits.pushRefusalsNeverDelivered
      ? { kind: 'delete', reason: 'never-delivered' }
      : { kind: 'update', fields: { failures, vapidMismatch } };
  }
  return failures >= limits.pushRefusalsDelivered
    ? { kind: 'update', fields: { failures, vapidMismatch, state: 'needs-resubscribe' } }
    : { kind: 'update', fields: { failures, vapidMismatch } };
}

/**
 * Pause before a deferred push is tried again, in ms: what the push service asked for, else up to 10 s, 20 s, 40 s ..
 * 15 min. The jitter only adds, and spreads those that were deferred together.
 *
 * @param attempt tries made so far, from 1
 * @param random 0 up to 1
 */
export function pushRetryDelayMs(
  attempt: number,
  retryAfterSeconds: number | undefined,
  random: number,
): number {
  const bound = Math.min(limits.pushRetryMaxMs, limits.pushRetryMinMs * 2 ** Math.min(attempt, 20));
  const jitterMs = Math.floor(random * (bound - limits.pushRetryMinMs));
  if (retryAfterSeconds === undefined) return limits.pushRetryMinMs + jitterMs;
  return retryAfterSeconds * 1000 + Math.min(jitterMs, limits.pushRetryMinMs);
}
