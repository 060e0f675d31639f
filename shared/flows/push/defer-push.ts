import { createHash } from 'node:crypto';
import { withSenderCalled } from '../../coi/address-book.ts';
import { quietUntil } from '../../coi/quiet-hours.ts';
import { limits } from '../../core/limits.ts';
import { pushRetryDelayMs } from '../../push/delivery-policy.ts';
import { getAccount } from '../../store/account.ts';
import { getConversation } from '../../store/conversation.ts';
import type { PendingWork, PushedMatter, Subscription } from '../../store/items.ts';
import { deletePendingWork, putPendingWork, replacePendingWork } from '../../store/pending-work.ts';
import { getSubscription } from '../../store/subscription.ts';
import { bookOf } from '../contacts/book-of.ts';
import { getLiveMessage } from '../conversations/live-message.ts';
import type { PushServices } from '../services.ts';
import { wakeQueue } from '../wake-queue.ts';
import type { LastingNotice } from './notice.ts';
import { pushTo } from './push-to.ts';

type PendingPush = Extract<PendingWork, { subscriptionId: string }>;

/** Records that a push is owed, then queues it as a reference: what is in the table is the truth, the queue only wakes. */
export async function deferPush(
  services: PushServices,
  notice: LastingNotice,
  subscription: Subscription,
  retryAfterSeconds: number | undefined,
): Promise<void> {
  const now = services.clock.now();
  const notBeforeAt = now + pushRetryDelayMs(1, retryAfterSeconds, Math.random());
  await owePush(services, pendingPush(notice, subscription, { now, notBeforeAt }));
}

/** A push as it is owed from `now` on. */
export function pendingPush(
  notice: LastingNotice,
  { accountId, id }: Subscription,
  { now, notBeforeAt }: { readonly now: number; readonly notBeforeAt: number },
): PendingPush {
  const matter = matterOf(notice);
  return {
    kind: 'push',
    id: pendingPushId(id, matter),
    accountId,
    subscriptionId: id,
    ...matter,
    attempts: 1,
    notBeforeAt,
    giveUpAt: now + notice.alert.ttlSeconds * 1000,
  };
}

function matterOf(notice: LastingNotice): PushedMatter {
  if ('status' in notice) return { status: notice.status };
  return { conversationId: notice.message.conversationId, messageKey: notice.message.key };
}

/** The same for what is pushed again; of an account's status, a device is owed the last one alone. */
function pendingPushId(subscriptionId: string, matter: PushedMatter): string {
  const name = 'status' in matter ? 'status' : `${matter.conversationId} ${matter.messageKey}`;
  return createHash('sha256').update(`${subscriptionId} ${name}`).digest('base64url').slice(0, 22);
}

/**
 * Makes an owed push whose time has come, if it is still wanted; at night it waits for the morning. It carries no content:
 * bodies are not stored, the device fetches what it needs. Whoever makes it puts it off first, as the queue and the tick may
 * wake several at once; should he not live to strike it off, it comes again then.
 */
export async function repeatPush(services: PushServices, pending: PendingPush): Promise<void> {
  const now = services.clock.now();
  const { accountId } = pending;
  const notice = pending.giveUpAt > now ? await noticeOf(services, pending) : undefined;
  const subscription = await getSubscription(services.store, accountId, pending.subscriptionId, now);
  if (notice === undefined || subscription?.state !== 'active') {
    await deletePendingWork(services.store, accountId, pending);
    return;
  }
  const quiet = 'message' in notice ? await quietOf(services, accountId) : undefined;
  if (quiet !== undefined) {
    await putPendingWork(services.store, { ...pending, notBeforeAt: quiet });
    return;
  }
  const inHand = { ...pending, notBeforeAt: now + limits.pushInHandMs };
  if ((await replacePendingWork(services.store, inHand, pending)) === 'stale') return;
  const outcome = await pushTo(services, notice, subscription);
  if (outcome.kind !== 'later') {
    await deletePendingWork(services.store, accountId, pending);
    return;
  }
  const attempts = pending.attempts + 1;
  const notBeforeAt = now + pushRetryDelayMs(attempts, outcome.retryAfterSeconds, Math.random());
  await owePush(services, { ...pending, attempts, notBeforeAt });
}

async function quietOf({ store, clock }: PushServices, accountId: string): Promise<number | undefined> {
  const hours = (await getAccount(store, accountId))?.settings.quietHours;
  return hours && quietUntil(hours, clock.now());
}

async function noticeOf(services: PushServices, pending: PendingPush): Promise<LastingNotice | undefined> {
  const now = services.clock.now();
  const { accountId } = pending;
  const ttlSeconds = Math.max(1, Math.floor((pending.giveUpAt - now) / 1000));
  const account = await getAccount(services.store, accountId);
  if ('status' in pending) {
    // It changed meanwhile: whoever changed it told what there is to tell.
    if (account?.status !== pending.status) return undefined;
    return { accountId, status: pending.status, alert: { ttlSeconds, urgency: 'normal' } };
  }
  const { conversationId, messageKey } = pending;
  const at = { conversationId, key: messageKey };
  const message = await getLiveMessage(services.store, accountId, at, now);
  // A client may have found meanwhile that it is none for people.
  if (account === undefined || message === undefined || message.silent) return undefined;
  const conversation = await getConversation(services.store, accountId, message.conversationId, now);
  // Read in the meantime: the device would only be told what the user knows.
  if (conversation?.seenUpTo !== undefined && message.key <= conversation.seenUpTo) return undefined;
  const book = await bookOf(services.store, account);
  return {
    message: withSenderCalled(book, message),
    conversation,
    alert: { ttlSeconds, urgency: 'high' },
    mail: undefined,
  };
}

/** Records a push and queues it for its time. */
export async function owePush(services: PushServices, pending: PendingPush): Promise<void> {
  await putPendingWork(services.store, pending);
  const delaySeconds = Math.min(
    limits.queueDelaySeconds,
    Math.ceil((pending.notBeforeAt - services.clock.now()) / 1000),
  );
  await wakeQueue(services, 'push', { accountId: pending.accountId, id: pending.id }, { delaySeconds });
  services.log.info('push-deferred', { account: pending.accountId, attempts: pending.attempts });
}
