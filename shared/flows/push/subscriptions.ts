import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { PushOutcome } from '../../push/push-client.ts';
import type { Account, Session, SubscribedTarget, Subscription } from '../../store/items.ts';
import {
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  putSubscription,
} from '../../store/subscription.ts';
import { countAgainst } from '../accounts/rate-limits.ts';
import {
  listAtServer,
  subscribeAtServer,
  unsubscribeAtServer,
  validateAtServer,
} from '../mail-server/server-push.ts';
import type { Services } from '../services.ts';
import { put, takeBack } from './put-subscription.ts';
import {
  type ShownSubscription,
  type Subscribed,
  type SubscriptionWish,
  shownSubscription,
} from './subscription-wish.ts';

/**
 * Makes a subscription, or renews it. A target that is validated already is only renewed; for any other a validation
 * push is sent first, and until its text comes back an older target of the same subscription stays in use. Where the mail
 * server pushes by itself, it is handed to it.
 *
 * @throws Fault `push-unreachable` (and then everything is as before), `limit-reached`, `too-many-requests`, `conflict`, or
 * what connecting to the mail server throws
 */
export async function subscribe(
  services: Services,
  account: Account,
  session: Session,
  wish: SubscriptionWish,
): Promise<Subscribed> {
  // To renew a subscription as it is costs nothing, so it is not counted.
  const count = () => countAgainst(services, 'subscribing', account.id);
  if (account.serverPushKey !== undefined) {
    await count();
    return subscribeAtServer(services, account, session, wish);
  }
  const now = services.clock.now();
  const all = await listSubscriptions(services.store, session.accountId, now);
  const before = all.find((subscription) => subscription.id === wish.id);
  if (before === undefined && all.length >= limits.subscriptionsPerAccount) {
    throw new Fault(
      'limit-reached',
      `An account has at most ${limits.subscriptionsPerAccount} push subscriptions. Delete one that is not used.`,
    );
  }
  const target: SubscribedTarget = { ...wish.target, vapidKeyId: services.vapid.keyId };
  const renewed = renew(session, wish, before, target, now);
  if (before?.state === 'active' && isSameTarget(before, target)) {
    const wanted = { ...renewed, replacement: undefined, ...noValidation };
    if (!isNews(before, wanted)) return { kind: 'unchanged', subscription: shownSubscription(before) };
    await count();
    return { kind: 'unchanged', subscription: shownSubscription(await put(services, wanted)) };
  }
  await count();
  const text = randomBytes(32).toString('base64url');
  const pending: Subscription = {
    ...renewed,
    ...(before?.state === 'active' ? { replacement: target } : { ...target, state: 'pending' as const }),
    validationHash: hashOf(text).toString('base64url'),
    validationUntil: now + limits.validationMs,
    validationFailures: 0,
  };
  // Stored before it is sent: the text may come back before the push service has answered us.
  const stored = await put(services, pending);
  await sendValidation(services, target, text).catch(async (error: unknown) => {
    await takeBack(services, stored, before);
    throw error;
  });
  return { kind: 'sent', subscription: shownSubscription(stored) };
}

/**
 * Takes the text that a validation push carried. The same text again, within its time, is no error: the first answer may
 * have been lost.
 *
 * @throws Fault `validation-expired` for a wrong, old or used-up one
 */
export async function validate(
  services: Services,
  account: Account,
  id: string,
  text: string,
): Promise<void> {
  if (account.serverPushKey !== undefined) return validateAtServer(services, account, id, text);
  for (let attempt = 0; attempt < limits.subscriptionWriteAttempts; attempt++) {
    const now = services.clock.now();
    const stored = await getSubscription(services.store, account.id, id, now);
    const isOpen = stored?.validationUntil !== undefined && stored.validationUntil > now;
    if (stored === undefined || !isOpen || stored.validationFailures >= limits.validationAttempts) break;
    const isRight = matches(text, stored.validationHash);
    if (isRight && stored.state === 'active' && stored.replacement === undefined) return;
    const after = isRight
      ? activated(stored, now)
      : { ...stored, validationFailures: stored.validationFailures + 1 };
    if ((await putSubscription(services.store, after, now)) === 'stale') continue;
    if (isRight) return;
    break;
  }
  throw new Fault(
    'validation-expired',
    'That is not the text of the last validation push, or it is too old. PUT the subscription again for a new one.',
  );
}

/** Ends a subscription. One that is gone already is no error. */
export async function unsubscribe(services: Services, account: Account, id: string): Promise<void> {
  if (account.serverPushKey !== undefined) return unsubscribeAtServer(services, account, id);
  return forget(services, account.id, id);
}

/** All subscriptions of an account, whoever pushes to them. */
export async function listShown(services: Services, account: Account): Promise<readonly ShownSubscription[]> {
  if (account.serverPushKey !== undefined) return listAtServer(services, account);
  const all = await listSubscriptions(services.store, account.id, services.clock.now());
  return all.map(shownSubscription);
}

/** Ends what is kept here of a subscription. */
export async function forget(services: Services, accountId: string, id: string): Promise<void> {
  for (let attempt = 0; attempt < limits.subscriptionWriteAttempts; attempt++) {
    const stored = await getSubscription(services.store, accountId, id, services.clock.now());
    if (stored === undefined) return;
    if ((await deleteSubscription(services.store, stored)) === 'deleted') return;
  }
  throw new Fault('conflict', 'The subscription is being changed by someone else. Try again.');
}

const noValidation = {
  validationHash: undefined,
  validationUntil: undefined,
  validationFailures: 0,
} as const;

function renew(
  session: Session,
  wish: SubscriptionWish,
  before: Subscription | undefined,
  target: SubscribedTarget,
  now: number,
): Subscription {
  const { target: _, ...wished } = wish;
  return {
    ...(before ?? {
      ...target,
      ...noValidation,
      accountId: session.accountId,
      state: 'pending',
      replacement: undefined,
      createdAt: now,
      lastSuccessAt: undefined,
      failures: 0,
      vapidMismatch: false,
      cap: undefined,
      version: 0,
    }),
    ...wished,
    sessionId: session.id,
    // A pending one is of no use after its validation is over, and gives its place free.
    expiresAt: now + (before?.state === 'active' ? limits.subscriptionKeptMs : limits.validationMs),
  };
}

/** Clients repeat themselves at each start: a later end alone is written once a day. */
function isNews(before: Subscription, wanted: Subscription): boolean {
  if (wanted.expiresAt - before.expiresAt >= limits.subscriptionRenewedMs) return true;
  return !isDeepStrictEqual(wanted, { ...before, expiresAt: wanted.expiresAt });
}

function activated(stored: Subscription, now: number): Subscription {
  return {
    ...stored,
    ...stored.replacement,
    replacement: undefined,
    state: 'active',
    failures: 0,
    vapidMismatch: false,
    cap: undefined,
    expiresAt: now + limits.subscriptionKeptMs,
  };
}

/** COI WebPush section 5.4: the text as JSON, and an empty `WebPush-Validation` header beside it. */
async function sendValidation(services: Services, target: SubscribedTarget, text: string): Promise<void> {
  const payload = Buffer.from(JSON.stringify({ validation: text }));
  const outcome = await services.push.send(target, payload, {
    ttlSeconds: limits.validationMs / 1000,
    urgency: 'high',
    validation: true,
    deadlineMs: limits.validationPushMs,
  });
  if (outcome.kind !== 'delivered') throw new Fault('push-unreachable', reasonFor(outcome));
}

function reasonFor(outcome: Exclude<PushOutcome, { kind: 'delivered' }>): string {
  switch (outcome.kind) {
    case 'gone':
      return 'The push service does not know this subscription any more. Subscribe again on the device.';
    case 'later':
      return outcome.status === undefined
        ? 'The push service could not be reached in time. Check the endpoint, or try again later.'
        : `The push service is busy (HTTP ${outcome.status}). Try again later.`;
    case 'too-large':
      return 'The push service does not take messages of the size that Web Push asks for.';
    case 'refused':
      return outcome.reason === 'vapid-mismatch'
        ? 'This subscription was made with another key. Subscribe again on the device with the key of GET /v1/push/key.'
        : `The push service refused the push (HTTP ${outcome.status ?? 'error'}).`;
  }
}

function isSameTarget(a: SubscribedTarget, b: SubscribedTarget): boolean {
  return (
    a.endpoint === b.endpoint && a.p256dh === b.p256dh && a.auth === b.auth && a.vapidKeyId === b.vapidKeyId
  );
}

function matches(text: string, storedHash: string | undefined): boolean {
  const stored = Buffer.from(storedHash ?? '', 'base64url');
  const given = hashOf(text);
  return stored.length === given.length && timingSafeEqual(stored, given);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
