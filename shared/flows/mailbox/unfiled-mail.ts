import type { Account, Message } from '../../store/items.ts';
import { getOutgoing } from '../../store/outgoing.ts';
import { openForAccount } from '../accounts/credentials.ts';
import type { Services } from '../services.ts';

/**
 * The bytes of a mail that was made here and does not lie in the mailbox yet: it is on its way out, or its copy is still to
 * be filed. Undefined for every other one.
 */
export async function unfiledMail(
  services: Services,
  account: Account,
  { place, outgoing, messageId }: Message,
): Promise<Buffer | undefined> {
  if (place !== undefined || outgoing === undefined) return undefined;
  const { store, clock } = services;
  const sealed = (await getOutgoing(store, account.id, messageId, clock.now()))?.sealedMail;
  return sealed === undefined ? undefined : openForAccount(services, account, sealed);
}
