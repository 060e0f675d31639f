import { withSenderCalled } from '../../coi/address-book.ts';
import type { Alert } from '../../coi/alert.ts';
import { allEnded } from '../../core/all-ended.ts';
import { limits } from '../../core/limits.ts';
import { getAccount } from '../../store/account.ts';
import { getConversation } from '../../store/conversation.ts';
import type { Account, Conversation, Message, OwedSummary, Subscription } from '../../store/items.ts';
import { listMessagesBetween } from '../../store/message.ts';
import { endPendingWork } from '../../store/pending-work.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import { bookOf } from '../contacts/book-of.ts';
import type { PushServices } from '../services.ts';
import { alertOfStored } from './alert-of.ts';
import { deferPush } from './defer-push.ts';
import { oweSummary } from './owe-summary.ts';
import { pushTo } from './push-to.ts';
import { wantsAlert } from './wants-alert.ts';

type Ringing = { readonly message: Message; readonly alert: Alert };

/**
 * Tells devices in one push each of the messages that were held back in a conversation: the newest of them, and how many
 * there are. What was read, deleted or muted meanwhile is left out; what would ring in quiet hours waits for their end.
 * Ends the summary only if nobody put it off meanwhile for a message that this may not have seen.
 */
export async function tellSummary(services: PushServices, owed: OwedSummary): Promise<void> {
  const { store, clock } = services;
  const { accountId, conversationId } = owed;
  const account = await getAccount(store, accountId);
  if (account === undefined || owed.giveUpAt <= clock.now()) return endPendingWork(store, owed);
  const conversation = await getConversation(store, accountId, conversationId, clock.now());
  const { ringing, quiet } = await ringingSince(services, account, conversation, owed);
  if (quiet !== undefined) await oweSummary(services, { ...owed, reason: 'quiet', ...quiet });
  if (ringing.length > 0) {
    const subscriptions = await listActiveSubscriptions(store, accountId, clock.now());
    await allEnded(subscriptions.map((each) => tellOne(services, each, ringing, conversation, owed)));
  }
  await endPendingWork(store, owed);
}

async function tellOne(
  services: PushServices,
  subscription: Subscription,
  ringing: readonly Ringing[],
  conversation: Conversation | undefined,
  { reason }: OwedSummary,
): Promise<void> {
  // It was told of each message of a burst as it came.
  if (reason === 'burst' && subscription.everyMessage) return;
  const wanted = ringing.filter(({ message, alert }) =>
    wantsAlert(subscription, message.from.address, alert.msgtype),
  );
  const newest = wanted.at(-1);
  if (newest === undefined) return;
  const message = { ...newest.message, mention: wanted.some((each) => each.message.mention) };
  const notice = { message, conversation, alert: newest.alert, mail: undefined, count: wanted.length };
  const outcome = await pushTo(services, notice, subscription);
  if (outcome.kind === 'later') await deferPush(services, notice, subscription, outcome.retryAfterSeconds);
}

/** In order, those that ring now, and from which one on and until when others are to wait. */
async function ringingSince(
  { store, clock }: PushServices,
  account: Account,
  conversation: Conversation | undefined,
  { accountId, conversationId, since }: OwedSummary,
): Promise<{
  ringing: readonly Ringing[];
  quiet: { readonly since: string; readonly notBeforeAt: number } | undefined;
}> {
  const now = clock.now();
  const book = await bookOf(store, account);
  const messages = await listMessagesBetween(store, accountId, conversationId, {
    // Just before the first of them.
    after: since.slice(0, -1),
    upTo: '~',
    limit: limits.summaryMessages,
    now,
  });
  const surroundings = { account, book, conversation, groupId: conversation?.groupId, now };
  // A call of the night would ring as if somebody waited still.
  const alerts = messages
    .filter(({ kind }) => kind !== 'call')
    .reverse()
    .map((message) => ({
      message: withSenderCalled(book, message),
      alert: alertOfStored(surroundings, message),
    }));
  const ringing = alerts.flatMap(({ message, alert }) =>
    alert.kind === 'alert' ? [{ message, alert }] : [],
  );
  const [quiet] = alerts.flatMap(({ message, alert }) =>
    alert.kind === 'quiet' ? [{ since: message.key, notBeforeAt: alert.until }] : [],
  );
  return { ringing, quiet };
}
