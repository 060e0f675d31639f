import { getAccount } from '../../store/account.ts';
import type { Outgoing } from '../../store/items.ts';
import { getOutgoing } from '../../store/outgoing.ts';
import { deletePendingWork } from '../../store/pending-work.ts';
import type { SendServices } from '../services.ts';
import { followUpSent } from './follow-up-sent.ts';
import { lookForSent } from './look-for-sent.ts';
import { becomeUnknown, putOff, reschedule, retellMessage } from './settle-send.ts';
import { submitRecorded } from './submit-recorded.ts';

/**
 * Takes a recorded mail one step on: tries to submit it, files its Sent copy (or notes that a receipt was sent), looks for
 * one whose fate is not known, or clears up after it. Whoever finds the mail unfinished may call this: the API right after
 * recording, the send queue, or the minute tick. Two callers at once do no harm, because the step is taken by a conditional
 * write.
 *
 * @param options.isJustRecorded by the caller, who still has it all in hand
 * @returns the state the mail is in now; `refused` when there is no such mail
 */
export async function continueSend(
  services: SendServices,
  accountId: string,
  messageId: string,
  options: { readonly isJustRecorded?: boolean } = {},
): Promise<Outgoing> {
  const { clock, store } = services;
  const account = await getAccount(store, accountId);
  const outgoing = await getOutgoing(store, accountId, messageId, clock.now());
  if (account === undefined || outgoing === undefined) {
    await deletePendingWork(store, accountId, { kind: 'send', id: messageId });
    return 'refused';
  }
  const isDue = outgoing.notBeforeAt <= clock.now();
  const waits = ['queued', 'sending', 'unknown'].includes(outgoing.state);
  // Whoever put it off may have died before the promise was put off as well: then it would be brought back each minute.
  if (waits && !isDue && !options.isJustRecorded) await reschedule(services, outgoing);
  const isSettled = !['queued', 'sending'].includes(outgoing.state);
  // A request that is repeated finds its mail refused when whoever had the first one died before the message said so.
  const isLastLook = !options.isJustRecorded || outgoing.state === 'refused';
  if (isSettled && isLastLook) await retellMessage(services, outgoing);
  switch (outgoing.state) {
    case 'queued':
      return isDue ? submitRecorded(services, account, outgoing, options) : 'queued';
    case 'sending':
      if (!isDue) return 'sending';
      // Whoever tried to send it never said how it went. Before its end was handed over, the server cannot have it.
      return outgoing.isHandedOver ? becomeUnknown(services, outgoing) : putOff(services, outgoing);
    case 'sent':
    case 'partly-refused':
      // The API has its answer; the queue does the rest, one step of an account at a time.
      return options.isJustRecorded ? outgoing.state : followUpSent(services, account, outgoing);
    case 'unknown':
      return isDue && !options.isJustRecorded ? lookForSent(services, account, outgoing) : 'unknown';
    case 'refused':
      await deletePendingWork(store, accountId, { kind: 'send', id: messageId });
      return 'refused';
  }
}
