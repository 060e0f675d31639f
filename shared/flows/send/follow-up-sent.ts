import { limits } from '../../core/limits.ts';
import type { Account, Outgoing, OutgoingMail } from '../../store/items.ts';
import { moveOutgoing } from '../../store/outgoing.ts';
import { openForAccount } from '../accounts/credentials.ts';
import type { SendServices } from '../services.ts';
import { fileSentCopy } from './file-sent-copy.ts';
import { noteReceipt } from './note-receipt.ts';
import { endSend, leftOf, reschedule } from './settle-send.ts';
import { submitRecorded } from './submit-recorded.ts';

/**
 * What is left to do for a mail that was sent: its copy is filed, for a while that is tried again, and those who were put
 * off get it too. A copy that cannot be filed never makes the mail go out again.
 */
export async function followUpSent(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
): Promise<Outgoing> {
  const { sealedMail, state } = outgoing;
  if (sealedMail === undefined) {
    await endSend(services, outgoing);
    return state;
  }
  const isFiled = outgoing.isFiled || (await file(services, account, outgoing, sealedMail));
  if (state === 'partly-refused' && leftOf(outgoing).length > 0)
    return goOn(services, account, outgoing, isFiled);
  const attempts = outgoing.attempts + 1;
  const { clock, store } = services;
  if (!isFiled && attempts < limits.sentCopyAttempts) {
    const notBeforeAt = clock.now() + limits.sendRetryMinMs * 2 ** attempts;
    await moveOutgoing(store, { ...outgoing, attempts }, outgoing);
    await reschedule(services, { ...outgoing, notBeforeAt });
    return state;
  }
  await moveOutgoing(store, { ...outgoing, isFiled, sealedMail: undefined }, outgoing);
  await endSend(services, outgoing);
  return state;
}

async function file(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  sealedMail: string,
): Promise<boolean> {
  if (outgoing.isReceipt) return noteReceipt(services, account, outgoing);
  return fileSentCopy(services, account, outgoing, await openForAccount(services, account, sealedMail));
}

/** Some were put off. */
async function goOn(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  isFiled: boolean,
): Promise<Outgoing> {
  const next = { ...outgoing, isFiled };
  if (isFiled && !outgoing.isFiled) {
    if ((await moveOutgoing(services.store, next, outgoing)) === 'stale') return outgoing.state;
  }
  if (outgoing.notBeforeAt <= services.clock.now()) return submitRecorded(services, account, next);
  await reschedule(services, outgoing);
  return outgoing.state;
}
