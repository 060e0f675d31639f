import { randomUUID } from 'node:crypto';
import { sealCredentials } from '../../shared/flows/accounts/credentials.ts';
import { checkAccount } from '../../shared/flows/watch/check-account.ts';
import type { Account, Subscription, Watch } from '../../shared/store/items.ts';
import { putSubscription } from '../../shared/store/subscription.ts';
import { getWatch } from '../../shared/store/watch.ts';
import type { ApiHost } from './api-host.ts';
import type { SharedMail } from './mail-site.ts';
import type { Device } from './push-service.ts';

/** An account of the service whose mailbox is a real one, with nothing in it yet. */
export async function mailboxAccount(
  host: ApiHost,
  mail: SharedMail,
  options: Parameters<typeof mailboxPerson>[2] = {},
): Promise<Account> {
  return (await mailboxPerson(host, mail, options)).account;
}

/** Somebody with such an account, signed in. */
export async function mailboxPerson(
  host: ApiHost,
  mail: SharedMail,
  options: Partial<Account> & { readonly password?: string } = {},
): ReturnType<ApiHost['account']> {
  const { email, password, ...changes } = {
    email: mail.newAddress('alice'),
    password: mail.password,
    ...options,
  };
  const id = randomUUID();
  return host.account({
    id,
    email,
    aliases: [],
    unproven: [],
    imap: { host: mail.imap.host, port: mail.imap.port, tls: 'implicit', user: email },
    smtp: { host: mail.smtp.host, port: mail.smtp.port, tls: 'implicit', user: email },
    ...(await sealCredentials(host.services, id, { password })),
    ...changes,
  });
}

/** A validated subscription of a device, as it is in the table. */
export async function activeSubscription(
  host: Pick<ApiHost, 'services'>,
  account: Account,
  device: Device,
  changes: Partial<Subscription> = {},
): Promise<Subscription> {
  const now = host.services.clock.now();
  const subscription: Subscription = {
    accountId: account.id,
    id: randomUUID(),
    client: 'test',
    device: 'test device',
    msgtype: 'chat',
    endpoint: device.endpoint,
    p256dh: device.p256dh,
    auth: device.auth,
    content: 'full',
    sessionId: 'session',
    validationFailures: 0,
    replacement: undefined,
    silentOk: false,
    everyMessage: true,
    edits: false,
    reactions: false,
    excludeFrom: [],
    vapidKeyId: host.services.vapid.keyId,
    state: 'active',
    validationHash: undefined,
    validationUntil: undefined,
    createdAt: now,
    expiresAt: now + 30 * 24 * 3_600_000,
    lastSuccessAt: now,
    failures: 0,
    vapidMismatch: false,
    cap: undefined,
    version: 0,
    ...changes,
  };
  await putSubscription(host.services.store, subscription, now);
  return subscription;
}

/** One brief check, from what the table says. */
export async function check(host: ApiHost, account: Account): Promise<number> {
  return (await checkAccount(host.services, account, await watchOf(host, account))) ?? 0;
}

export async function watchOf(host: Pick<ApiHost, 'services'>, account: Account): Promise<Watch> {
  const watch = await getWatch(host.services.store, account.id);
  if (watch === undefined) throw new Error('the account is not watched');
  return watch;
}
