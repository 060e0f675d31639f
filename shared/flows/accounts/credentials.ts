import { Fault } from '../../core/faults.ts';
import type { MailSecret } from '../../core/mail-secret.ts';
import { memberOf } from '../../core/outside-data.ts';
import type { MailLogin } from '../../imap/mail-session.ts';
import { open, seal } from '../../keyring/seal.ts';
import type { Account, HostSettings } from '../../store/items.ts';
import type { Services } from '../services.ts';

/** What a provider granted: the access token logs in until `expiresAt`, the refresh token gets the next one. */
export type Grant = {
  /** The name of the provider in this service's settings. */
  readonly provider: string;
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly expiresAt: number;
};

export type Credentials = { readonly password: string } | { readonly oauth: Grant };

/**
 * Seals credentials under a data key that only this account's id can unwrap.
 *
 * @param wrappedKey the data key that the account has already. It stays: mails on their way out are sealed with it too.
 */
export async function sealCredentials(
  services: Pick<Services, 'keyring'>,
  accountId: string,
  credentials: Credentials,
  wrappedKey?: string,
): Promise<{ wrappedKey: string; sealedCredentials: string; refreshUntil: undefined }> {
  const { key, wrapped } =
    wrappedKey === undefined
      ? await services.keyring.wrapNewKey(accountId)
      : { key: await services.keyring.unwrap(accountId, wrappedKey), wrapped: wrappedKey };
  const plain = Buffer.from(JSON.stringify(credentials), 'utf8');
  return { wrappedKey: wrapped, sealedCredentials: seal(key, plain, accountId), refreshUntil: undefined };
}

export async function openCredentials(
  services: Pick<Services, 'keyring'>,
  account: Account,
): Promise<Credentials> {
  const key = await services.keyring.unwrap(account.id, account.wrappedKey);
  const parsed: unknown = JSON.parse(open(key, account.sealedCredentials, account.id).toString('utf8'));
  const password = memberOf(parsed, 'password');
  if (typeof password === 'string') return { password };
  const oauth = grantOf(memberOf(parsed, 'oauth'));
  if (oauth !== undefined) return { oauth };
  throw new Fault('internal', 'The stored credentials have an unknown form.');
}

/** How to log in for this account: to its IMAP host, or with `account.smtp` to its submission host. */
export function mailLogin(host: HostSettings, secret: MailSecret): MailLogin {
  return { host: host.host, port: host.port, tls: host.tls, user: host.user, ...secret };
}

/** What logs in with these credentials, as they are. */
export function secretOf(credentials: Credentials): MailSecret {
  return 'oauth' in credentials ? { accessToken: credentials.oauth.accessToken } : credentials;
}

function grantOf(value: unknown): Grant | undefined {
  const provider = memberOf(value, 'provider');
  const refreshToken = memberOf(value, 'refreshToken');
  const accessToken = memberOf(value, 'accessToken');
  const expiresAt = memberOf(value, 'expiresAt');
  if (typeof provider !== 'string' || typeof expiresAt !== 'number') return undefined;
  if (typeof refreshToken !== 'string' || typeof accessToken !== 'string') return undefined;
  return { provider, refreshToken, accessToken, expiresAt };
}

/** A mail, or anything else of the account, sealed with the account's own data key. */
export async function sealForAccount(
  services: Pick<Services, 'keyring'>,
  account: Account,
  plain: Buffer,
): Promise<string> {
  return seal(await services.keyring.unwrap(account.id, account.wrappedKey), plain, account.id);
}

export async function openForAccount(
  services: Pick<Services, 'keyring'>,
  account: Account,
  sealed: string,
): Promise<Buffer> {
  return open(await services.keyring.unwrap(account.id, account.wrappedKey), sealed, account.id);
}
