import type { Outgoing, OutgoingMail } from '../../store/items.ts';
import { createOutgoing, getOutgoing, moveOutgoing } from '../../store/outgoing.ts';
import type { SendServices } from '../services.ts';
import { asSent, endSend, hasReachedSome, leftOf, reschedule, tellMessage } from './settle-send.ts';

/**
 * Notes that a mail whose fate is not known is known to have gone out: its copy lies in the mailbox, somebody reported on
 * it, or whoever sent it said so after all. Does nothing to a mail in another state.
 *
 * @returns the state the mail is in now
 */
export async function noteSent(
  services: SendServices,
  { accountId, messageId }: Pick<OutgoingMail, 'accountId' | 'messageId'>,
  options: { readonly isFiled?: boolean } = {},
): Promise<Outgoing> {
  const { store, clock } = services;
  const outgoing = await getOutgoing(store, accountId, messageId, clock.now());
  if (outgoing === undefined) return 'sending';
  // A copy of what some had got before tells nothing of the others.
  if (outgoing.state !== 'unknown' || hasReachedSome(outgoing)) return outgoing.state;
  const isFiled = options.isFiled === true;
  const next = { ...asSent(outgoing), attempts: 0, notBeforeAt: clock.now(), isFiled };
  const isOver = isFiled && leftOf(next).length === 0;
  const sent: OutgoingMail = isOver ? { ...next, sealedMail: undefined } : next;
  if ((await moveOutgoing(store, sent, outgoing)) === 'stale') return outgoing.state;
  await tellMessage(services, sent);
  services.log.info('send-found', { account: accountId });
  if (isOver) await endSend(services, sent);
  else await reschedule(services, sent);
  return sent.state;
}

/**
 * Where a server gives mail an id of its own (Outlook, SES), reports and the copy that it files name that one: it leads to
 * the same message.
 */
export async function noteServerId(
  { store }: SendServices,
  outgoing: OutgoingMail,
  serverMessageId: string,
): Promise<void> {
  if (outgoing.isReceipt || serverMessageId === outgoing.messageId) return;
  await createOutgoing(store, {
    ...outgoing,
    messageId: serverMessageId,
    originalId: outgoing.messageId,
    state: 'sent',
    recipients: [],
    left: [],
    refused: [],
    isHandedOver: false,
    attempts: 0,
    notBeforeAt: 0,
    sealedMail: undefined,
  });
}
