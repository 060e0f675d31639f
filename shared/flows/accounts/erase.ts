import { revokeGrant } from '../../oauth/refresh-grant.ts';
import { getAccount } from '../../store/account.ts';
import { eraseAccount } from '../../store/erase-account.ts';
import { listSubscriptions } from '../../store/subscription.ts';
import { deleteWatch } from '../../store/watch.ts';
import { endHandedOn } from '../mail-server/server-push.ts';
import { mailConversationId } from '../receive/message-of-mail.ts';
import type { Services } from '../services.ts';
import { forget } from '../watch/remembered.ts';
import { openCredentials } from './credentials.ts';

/**
 * Erases everything stored of an account; its mail stays where it is. Without its watch no worker can acknowledge mail
 * of it any more, so the watch goes first, and whoever holds a connection is told to let go.
 */
export async function eraseEverything(services: Services, accountId: string): Promise<void> {
  const subscriptions = await listSubscriptions(services.store, accountId, services.clock.now());
  await endHandedOn(services, accountId, subscriptions);
  await deleteWatch(services.store, accountId);
  await services.queues.send('poll', { accountIds: [accountId], at: services.clock.now() });
  await giveGrantBack(services, accountId);
  await eraseAccount(services.store, accountId, [mailConversationId]);
  services.lastChecks.delete(accountId);
  forget(services, accountId);
  services.log.info('account-erased', { account: accountId });
}

/** Takes back at the provider what its user granted; whether it hears of that or not, nothing is kept here. */
async function giveGrantBack(services: Services, accountId: string): Promise<void> {
  try {
    const account = await getAccount(services.store, accountId);
    const credentials = account && (await openCredentials(services, account));
    if (credentials === undefined || !('oauth' in credentials)) return;
    const provider = (await services.oauth.providers()).get(credentials.oauth.provider);
    if (provider !== undefined) await revokeGrant(services, provider, credentials.oauth.refreshToken);
  } catch {
    services.log.warn('grant-not-revoked', { account: accountId });
  }
}
