import type { SubscribedTarget, Subscription } from '../../store/items.ts';

/** What a device chooses. */
type Chosen =
  | 'id'
  | 'client'
  | 'device'
  | 'msgtype'
  | 'content'
  | 'silentOk'
  | 'everyMessage'
  | 'edits'
  | 'reactions'
  | 'excludeFrom';

/** What a device asks for; the target is checked and its keys are canonical base64url. */
export type SubscriptionWish = Pick<Subscription, Chosen> & {
  readonly target: Omit<SubscribedTarget, 'vapidKeyId'>;
};

/** A subscription as its device sees it, whoever pushes to it. */
export type ShownSubscription = Pick<
  Subscription,
  Chosen | 'createdAt' | 'lastSuccessAt' | 'failures' | 'vapidMismatch'
> & {
  readonly validated: boolean;
  /** Undefined where the mail server keeps it, which tells no end. */
  readonly expiresAt: number | undefined;
  readonly state: 'pending' | 'active' | 'needs-resubscribe';
};

/** `sent`: a validation push went out, and the target counts once its text comes back. */
export type Subscribed = { readonly kind: 'sent' | 'unchanged'; readonly subscription: ShownSubscription };

/** One that we push to, or did. What was handed to a mail server that has it no more is to be made again. */
export function shownSubscription(subscription: Subscription): ShownSubscription {
  const state = subscription.state === 'at-server' ? 'needs-resubscribe' : subscription.state;
  const isOpen = state === 'pending' || subscription.replacement !== undefined;
  return { ...subscription, state, validated: !isOpen && subscription.state !== 'at-server' };
}
