import type { Capabilities } from '../../core/capabilities.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { publicKeyOfPem } from '../../push/public-key.ts';
import type { Account } from '../../store/items.ts';
import { listSubscriptions, putSubscription } from '../../store/subscription.ts';
import { putWatch } from '../../store/watch.ts';
import { changeAccount } from '../accounts/change-account.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { coiPrefix } from './coi-server.ts';

/**
 * The key that a mail server pushes with; undefined when it does not push. The word WEBPUSH alone proves nothing: another
 * draft (draft-gougeon-imap-webpush) has it for commands of its own, and no annotations.
 */
export async function readServerPushKey(session: MailSession): Promise<string | undefined> {
  return session.capabilities.webpush ? readKey(session) : undefined;
}

/** Both are gone, the capability and the key: one connection without the word may have met another server of a cluster. */
export async function isServerPushLost(session: MailSession): Promise<boolean> {
  return !session.capabilities.webpush && (await readKey(session)) === undefined;
}

async function readKey(session: MailSession): Promise<string | undefined> {
  const result = await session.getMetadata([`${coiPrefix}/webpush/vapid`]);
  if (result.kind !== 'found') return undefined;
  const [pem] = result.entries.values();
  return pem === undefined ? undefined : publicKeyOfPem(pem);
}

/**
 * From now on the mail server pushes: what devices subscribed here is bound to our key, and nothing is pushed to it any
 * more, or devices that subscribe there would ring twice. They see that they have to subscribe again.
 */
export async function startServerPush(services: Services, accountId: string): Promise<void> {
  const now = services.clock.now();
  for (const subscription of await listSubscriptions(services.store, accountId, now)) {
    if (subscription.state !== 'active' && subscription.state !== 'pending') continue;
    const ended = { ...subscription, replacement: undefined, state: 'needs-resubscribe' as const };
    await putSubscription(services.store, ended, now);
  }
}

/** The mail server pushes no more: we do, to devices that subscribe with our key, and watch the mailbox for it. */
export async function endServerPush(
  services: Services,
  account: Account,
  capabilities: Capabilities,
): Promise<Account> {
  const changed = await changeAccount(services, account.id, (stored) =>
    stored.serverPushKey === undefined ? stored : { ...stored, serverPushKey: undefined, capabilities },
  );
  await putWatch(services.store, {
    accountId: account.id,
    host: changed.imap.host,
    mode: changed.settings.watch,
    // Cursors and the last activity stay as they are.
    lastActivityAt: account.createdAt,
    folders: {},
  });
  services.log.warn('server-push-ended', { account: account.id });
  await lookAnew(services, account.id);
  return changed;
}
