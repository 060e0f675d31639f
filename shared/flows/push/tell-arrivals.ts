import type { Alert, Quiet } from '../../coi/alert.ts';
import { splitBurst } from '../../coi/burst.ts';
import { messageKey, timeOfKey } from '../../coi/message-key.ts';
import { allEnded } from '../../core/all-ended.ts';
import { limits } from '../../core/limits.ts';
import type { Conversation, Subscription } from '../../store/items.ts';
import { listMessagesBetween } from '../../store/message.ts';
import type { Services } from '../services.ts';
import type { MessageNotice } from './notice.ts';
import { notify } from './notify.ts';
import { oweSummary } from './owe-summary.ts';
import { wantsAlert } from './wants-alert.ts';

/** A new message that rings, now or later. */
export type Arrival = {
  readonly notice: Omit<MessageNotice, 'alert' | 'conversation'>;
  readonly alert: Alert | Quiet;
};

/**
 * Tells devices of new messages of one conversation. The first ones are pushed at once, each with its content; in a burst
 * the others are told of together a little later, and in quiet hours all are when those are over. When this returns, no
 * device is forgotten.
 */
export async function tellArrivals(
  services: Services,
  arrivals: readonly Arrival[],
  conversation: Conversation | undefined,
  subscriptions: readonly Subscription[],
): Promise<void> {
  const inOrder = [...arrivals].sort((a, b) => (a.notice.message.key < b.notice.message.key ? -1 : 1));
  const [quiet, now] = [
    inOrder.flatMap(({ notice, alert }) => (alert.kind === 'quiet' ? [{ notice, ...alert }] : [])),
    inOrder.flatMap(({ notice, alert }) => (alert.kind === 'alert' ? [{ notice, alert }] : [])),
  ];
  const listeners = ({ notice, alert }: { notice: Arrival['notice']; alert: Alert }) =>
    subscriptions.filter((each) => wantsAlert(each, notice.message.from.address, alert.msgtype));
  const rest = new Set(
    await heldBack(
      services,
      now.map(({ notice }) => notice.message),
      conversation,
    ),
  );
  // Nobody can take a call any more that rang a while ago.
  const isHeldBack = ({ notice }: { notice: Arrival['notice'] }) =>
    rest.has(notice.message.key) && notice.message.kind !== 'call';
  const late = now.find((each) => isHeldBack(each) && listeners(each).some((one) => !one.everyMessage));
  const sleeping = quiet.find((each) => listeners(each).length > 0);
  const owe = (
    each: { readonly notice: Arrival['notice'] } | undefined,
    reason: 'burst' | 'quiet',
    notBeforeAt: number,
  ) => {
    if (each === undefined) return [];
    const { accountId, conversationId, key: since } = each.notice.message;
    return [oweSummary(services, { accountId, conversationId, reason, since, notBeforeAt })];
  };
  await allEnded([
    ...owe(sleeping, 'quiet', sleeping?.until ?? 0),
    ...owe(late, 'burst', services.clock.now() + limits.burstPauseMs),
    ...now.map((each) => {
      const heldBackHere = isHeldBack(each);
      const told = listeners(each).filter((one) => one.everyMessage || !heldBackHere);
      return notify(services, { ...each.notice, conversation, alert: each.alert }, told);
    }),
  ]);
}

/** Keys of those that do not ring by themselves. Ordinary mail has no conversation that would know what came before. */
async function heldBack(
  { store, clock }: Services,
  messages: readonly { readonly accountId: string; readonly conversationId: string; readonly key: string }[],
  conversation: Conversation | undefined,
): Promise<readonly string[]> {
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined) return [];
  // Who reads as fast as others write is in a lively talk, and not hammered at.
  if (conversation !== undefined && conversation.unread <= limits.burstAtOnce) return [];
  const recent =
    conversation?.recent ??
    (
      await listMessagesBetween(store, first.accountId, first.conversationId, {
        after: messageKey(timeOfKey(first.key) - limits.burstWindowMs, ''),
        upTo: last.key,
        limit: limits.recentKeys,
        now: clock.now(),
      })
    ).map(({ key }) => key);
  return splitBurst(
    messages.map(({ key }) => key),
    recent,
  ).rest;
}
