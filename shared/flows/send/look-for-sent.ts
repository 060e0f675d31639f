import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { Account, Outgoing, OutgoingMail } from '../../store/items.ts';
import { setMessagePlace } from '../../store/message.ts';
import { moveOutgoing } from '../../store/outgoing.ts';
import { openMailbox } from '../mailbox/open-mailbox.ts';
import type { SendServices } from '../services.ts';
import { copyIn } from './file-sent-copy.ts';
import { noteSent } from './note-sent.ts';
import { endSend, hasReachedSome, reschedule } from './settle-send.ts';

/**
 * Looks for the copy of a mail of which nobody knows whether the server took it. Found, it was sent. Some servers file it
 * late, so it is looked for several times; after that it stays `unknown`. Its bytes are kept for two days, because its user
 * may have it sent again, and then it is looked for once more.
 */
export async function lookForSent(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
): Promise<Outgoing> {
  const { clock, store, log } = services;
  if (outgoing.sealedMail === undefined) {
    await endSend(services, outgoing);
    return 'unknown';
  }
  let looks = outgoing.attempts;
  try {
    const state = await findSent(services, account, outgoing);
    if (state !== 'unknown') return state;
    looks += 1;
  } catch (error) {
    // A mailbox that cannot be reached tells nothing.
    if (!(error instanceof Fault)) throw error;
    log.warn('sent-not-looked-for', { account: account.id, cause: error.code });
  }
  const now = clock.now();
  const endsAt = outgoing.createdAt + limits.sendGiveUpMs;
  if (now >= endsAt) {
    await moveOutgoing(store, { ...outgoing, sealedMail: undefined }, outgoing);
    await endSend(services, outgoing);
    return 'unknown';
  }
  const isOver = looks >= limits.sentLooks || hasReachedSome(outgoing);
  const pauseMs = limits.sendRetryMinMs * 2 ** Math.max(0, looks - 1);
  const notBeforeAt = isOver ? endsAt : Math.min(endsAt, now + pauseMs);
  const next = { ...outgoing, attempts: looks, notBeforeAt };
  if ((await moveOutgoing(store, next, outgoing)) === 'moved') await reschedule(services, next);
  return 'unknown';
}

/**
 * Whether the mailbox proves that a mail went out, which is then noted. A provider that gives mail ids of its own keeps
 * ours in another field, which is searched too.
 *
 * @returns the state the mail is in now: `unknown` when nothing was found
 * @throws Fault when the mailbox cannot be looked into
 */
export async function findSent(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
): Promise<Outgoing> {
  // What some had got before left a copy as well. And nobody files receipts.
  if (hasReachedSome(outgoing) || outgoing.isReceipt) return 'unknown';
  const session = await openMailbox(services, account);
  try {
    const found = await copyIn(session, outgoing.messageId, ['sent', 'chats', 'inbox']);
    if (found === undefined) return 'unknown';
    await setMessagePlace(services.store, outgoing, found);
    return await noteSent(services, outgoing, { isFiled: true });
  } finally {
    session.close();
  }
}
