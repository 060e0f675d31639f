import type { Session } from '../../store/items.ts';
import { deleteSession } from '../../store/session.ts';
import { listSubscriptions } from '../../store/subscription.ts';
import { endHandedOn } from '../mail-server/server-push.ts';
import { forget } from '../push/subscriptions.ts';
import type { Services } from '../services.ts';

/** Ends a session and the push subscriptions it made: a device that is signed out is told nothing more. */
export async function signOut(services: Services, session: Pick<Session, 'accountId' | 'id'>): Promise<void> {
  const { accountId } = session;
  // The session goes last: a sign-out that broke off is repeated with the same token.
  const all = await listSubscriptions(services.store, accountId, services.clock.now());
  const subscriptions = all.filter(({ sessionId }) => sessionId === session.id);
  await endHandedOn(services, accountId, subscriptions);
  for (const { id } of subscriptions) await forget(services, accountId, id);
  await deleteSession(services.store, accountId, session.id);
}
