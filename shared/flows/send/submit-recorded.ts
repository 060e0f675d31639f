import { limits } from '../../core/limits.ts';
import type { NotTaken, SubmitOutcome } from '../../smtp/submit-mail.ts';
import type { Account, Outgoing, OutgoingMail } from '../../store/items.ts';
import { moveOutgoing, noteHandOver } from '../../store/outgoing.ts';
import { openForAccount } from '../accounts/credentials.ts';
import type { SendServices } from '../services.ts';
import { attemptSubmission } from './attempt-submission.ts';
import { noteSent, noteServerId } from './note-sent.ts';
import { recordAnew } from './record-anew.ts';
import {
  asSent,
  becomeUnknown,
  giveUp,
  leftOf,
  putOff,
  reschedule,
  tellMessage,
  wakeSend,
} from './settle-send.ts';

/**
 * Tries to submit a recorded mail to those it is still to reach. That the last of it goes out is noted before it does, by
 * a write that only one can make: whoever breaks off before is known not to have sent it, and whoever was taken for dead
 * does not send it.
 *
 * @param options.isJustRecorded that it is a message of its conversation is known
 */
export async function submitRecorded(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  options: { readonly isJustRecorded?: boolean } = {},
): Promise<Outgoing> {
  const { store, clock, log } = services;
  if (outgoing.sealedMail === undefined) return giveUp(services, outgoing);
  const raw = await openForAccount(services, account, outgoing.sealedMail);
  // Whoever recorded it may have died before it was a message too.
  if (outgoing.attempts === 0 && !options.isJustRecorded) await recordAnew(services, account, outgoing, raw);
  const sending: OutgoingMail = {
    ...outgoing,
    state: 'sending',
    attempts: outgoing.attempts + 1,
    // Until then the attempt may still be under way in another process.
    notBeforeAt: clock.now() + limits.sendAttemptMs,
  };
  if ((await moveOutgoing(store, sending, outgoing)) === 'stale') return 'sending';
  let handedOver: Pick<OutgoingMail, 'isHandedOver' | 'notTaken'> = {};
  const beforeEnd = async (notTaken: NotTaken) => {
    // A write that fails may have been made.
    handedOver = { isHandedOver: true, notTaken };
    return (await noteHandOver(store, sending, notTaken)) === 'noted' ? 'go' : 'stop';
  };
  const outcome = await attemptSubmission(services, account, outgoing, {
    to: leftOf(outgoing),
    raw,
    beforeEnd,
  });
  if (outcome.kind === 'overtaken') {
    log.warn('send-overtaken', { account: account.id, attempts: sending.attempts });
    return 'sending';
  }
  services.metrics.add('Sends', 1, { outcome: outcome.kind });
  log.info(eventOf[outcome.kind], { account: account.id, attempts: sending.attempts });
  return settle(services, { ...sending, ...handedOver }, outcome);
}

const eventOf = {
  accepted: 'send-accepted',
  later: 'send-deferred',
  refused: 'send-refused',
  unknown: 'send-not-answered',
} as const;

type Settled = Exclude<SubmitOutcome, { readonly kind: 'overtaken' }>;

async function settle(services: SendServices, sending: OutgoingMail, outcome: Settled): Promise<Outgoing> {
  switch (outcome.kind) {
    case 'accepted':
      return settleAccepted(services, sending, outcome);
    case 'later': {
      const { code = sending.code, refused = [] } = outcome;
      const state = await putOff(services, withRefused({ ...sending, code }, refused));
      // The note that it goes out may have been asked for in vain: then it is not there.
      const isUnnoted = state === 'sending' && sending.isHandedOver === true;
      return isUnnoted
        ? putOff(services, withRefused({ ...sending, code, isHandedOver: false }, refused))
        : state;
    }
    case 'refused':
      return giveUp(services, { ...sending, code: outcome.code });
    case 'unknown':
      return becomeUnknown(services, sending);
  }
}

async function settleAccepted(
  services: SendServices,
  sending: OutgoingMail,
  outcome: Extract<SubmitOutcome, { kind: 'accepted' }>,
): Promise<Outgoing> {
  const { code, later, serverMessageId } = outcome;
  const refused = [...(sending.refused ?? []), ...outcome.refused];
  const next = { ...sending, notTaken: undefined, refused, ...(code === undefined ? {} : { code }) };
  if (serverMessageId !== undefined) await noteServerId(services, sending, serverMessageId);
  if (later.length === 0) {
    const sent: OutgoingMail = { ...asSent(next), attempts: 0 };
    if ((await moveOutgoing(services.store, sent, sending)) === 'stale') return noteSent(services, sending);
    await tellMessage(services, sent);
    await wakeSend(services, sent);
    return sent.state;
  }
  const notBeforeAt = services.clock.now() + limits.sendRetryMinMs;
  const partly = { ...next, left: later, notBeforeAt, isHandedOver: false };
  const waiting: OutgoingMail = { ...partly, state: 'partly-refused' };
  if ((await moveOutgoing(services.store, waiting, sending)) === 'stale') return noteSent(services, sending);
  await tellMessage(services, waiting);
  await reschedule(services, waiting);
  await wakeSend(services, waiting);
  return waiting.state;
}

function withRefused(sending: OutgoingMail, refused: readonly string[]): OutgoingMail {
  if (refused.length === 0) return sending;
  const left = leftOf(sending).filter((recipient) => !refused.includes(recipient));
  return { ...sending, left, refused: [...(sending.refused ?? []), ...refused] };
}
