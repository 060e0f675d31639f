import { limits } from '../../core/limits.ts';
import { touchConversation } from '../../store/conversation.ts';
import type { Outgoing, OutgoingMail, Undelivered } from '../../store/items.ts';
import { getMessage, setMessageOutgoing } from '../../store/message.ts';
import { moveOutgoing } from '../../store/outgoing.ts';
import { deletePendingWork, reschedulePendingWork } from '../../store/pending-work.ts';
import { tellNews } from '../changes/tell-news.ts';
import type { SendServices } from '../services.ts';
import { wakeQueue } from '../wake-queue.ts';

/** Those it is still to reach. */
export function leftOf({ left, recipients }: OutgoingMail): readonly string[] {
  return left ?? recipients;
}

/** Whether somebody has got it already: then it may never be sent as a whole again. */
export function hasReachedSome(outgoing: OutgoingMail): boolean {
  return outgoing.recipients.length > leftOf(outgoing).length + (outgoing.refused?.length ?? 0);
}

/** The same one, now that it is known to have gone out: nothing is left to send, but for those who were put off. */
export function asSent(outgoing: OutgoingMail): OutgoingMail {
  const { refused = [], later = [] } = outgoing.notTaken ?? {};
  const all = [...(outgoing.refused ?? []), ...refused];
  const state = all.length + later.length === 0 ? 'sent' : 'partly-refused';
  return { ...outgoing, state, refused: all, left: later, notTaken: undefined, isHandedOver: false };
}

/** Has the message say what became of its mail. A receipt is no message of its own, and says nothing of the one it is for. */
export async function tellMessage(services: SendServices, outgoing: OutgoingMail): Promise<void> {
  if (outgoing.isReceipt) return;
  const { store, clock } = services;
  const { accountId, state } = outgoing;
  const shownIn = await setMessageOutgoing(store, outgoing, state, undeliveredOf(outgoing));
  await touchConversation(store, accountId, shownIn, clock.now());
  await tellNews(services, accountId);
}

/** The same, by whoever comes next: the one who recorded it may have died before the message said so. */
export async function retellMessage(services: SendServices, outgoing: OutgoingMail): Promise<void> {
  if (outgoing.isReceipt) return;
  const { accountId, conversationId, messageKey, state } = outgoing;
  const { store, clock } = services;
  const message = await getMessage(store, accountId, conversationId, messageKey, clock.now());
  if (message !== undefined && message.outgoing !== state) await tellMessage(services, outgoing);
}

function undeliveredOf({ state, refused = [], left = [], code }: OutgoingMail): Undelivered | undefined {
  const waiting = state === 'partly-refused' ? left : [];
  return refused.length + waiting.length === 0 && code === undefined ? undefined : { refused, waiting, code };
}

/** Tried again after a pause that doubles, until that has gone on for too long. */
export async function putOff(services: SendServices, sending: OutgoingMail): Promise<Outgoing> {
  const now = services.clock.now();
  const tries = Math.max(0, sending.attempts - 1);
  const notBeforeAt = now + Math.min(limits.sendRetryMaxMs, limits.sendRetryMinMs * 2 ** tries);
  if (notBeforeAt > sending.createdAt + limits.sendGiveUpMs) return giveUp(services, sending);
  const isPartly = hasReachedSome(sending);
  const next = { ...sending, notBeforeAt, isHandedOver: false, notTaken: undefined };
  const waiting: OutgoingMail = { ...next, state: isPartly ? 'partly-refused' : 'queued' };
  if ((await moveOutgoing(services.store, waiting, sending)) === 'stale') return 'sending';
  if (isPartly) await tellMessage(services, waiting);
  await reschedule(services, waiting);
  return waiting.state;
}

/** It reaches nobody any more whom it has not reached. */
export async function giveUp(services: SendServices, sending: OutgoingMail): Promise<Outgoing> {
  const { store } = services;
  const refused = [...(sending.refused ?? []), ...leftOf(sending)];
  const next = { ...sending, refused, left: [], isHandedOver: false, notTaken: undefined };
  if (hasReachedSome(sending)) {
    const partly: OutgoingMail = { ...next, state: 'partly-refused', attempts: 0 };
    if ((await moveOutgoing(store, partly, sending)) === 'stale') return 'sending';
    await tellMessage(services, partly);
    return 'partly-refused';
  }
  const none: OutgoingMail = { ...next, state: 'refused', sealedMail: undefined };
  if ((await moveOutgoing(store, none, sending)) === 'stale') return 'sending';
  await tellMessage(services, none);
  await endSend(services, none);
  return 'refused';
}

/**
 * All of it went out, or may have, and nobody said that it arrived. Its bytes are kept until its copy was looked for, and
 * for its user, who may have it sent again: nobody else does.
 */
export async function becomeUnknown(services: SendServices, sending: OutgoingMail): Promise<Outgoing> {
  const notBeforeAt = services.clock.now();
  const next = { ...sending, isHandedOver: false, attempts: 0, notBeforeAt };
  const unknown: OutgoingMail = { ...next, state: 'unknown' };
  if ((await moveOutgoing(services.store, unknown, sending)) === 'stale') return 'sending';
  services.log.warn('send-unknown', { account: sending.accountId, attempts: sending.attempts });
  await tellMessage(services, unknown);
  await reschedule(services, unknown);
  await wakeSend(services, unknown);
  return 'unknown';
}

/** Something is left to do at once, by the queue. */
export async function wakeSend(
  services: SendServices,
  { accountId, messageId }: Pick<OutgoingMail, 'accountId' | 'messageId'>,
): Promise<void> {
  await wakeQueue(services, 'send', { accountId, messageId }, { group: accountId });
}

/** The minute tick comes back to it when its time has come. */
export async function reschedule(
  { store }: SendServices,
  { accountId, messageId, notBeforeAt }: OutgoingMail,
): Promise<void> {
  await reschedulePendingWork(store, accountId, { kind: 'send', id: messageId }, notBeforeAt);
}

/** Nothing is left to do. */
export async function endSend(
  { store }: SendServices,
  { accountId, messageId }: OutgoingMail,
): Promise<void> {
  await deletePendingWork(store, accountId, { kind: 'send', id: messageId });
}
