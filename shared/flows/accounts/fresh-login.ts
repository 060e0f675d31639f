import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSecret } from '../../core/mail-secret.ts';
import { refreshGrant } from '../../oauth/refresh-grant.ts';
import { getAccount, updateAccount } from '../../store/account.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { changeAccount } from './change-account.ts';
import { type Credentials, type Grant, openCredentials, sealCredentials, secretOf } from './credentials.ts';

type LoginServices = Pick<Services, 'store' | 'clock' | 'keyring' | 'guard' | 'trust' | 'log' | 'oauth'>;

export type FreshLogin = {
  readonly secret: MailSecret;
  /** When an access token ends, and with it the login at some providers (Gmail); undefined for a password. */
  readonly endsAt: number | undefined;
};

/**
 * What logs in to the account's mail servers: its password, or an access token that is good for some minutes at least.
 *
 * @throws Fault `login-refused` when the grant was taken back, and only its user can mend that; `mail-host-unreachable` when
 *   the provider cannot be asked now
 */
export async function freshLogin(services: LoginServices, account: Account): Promise<FreshLogin> {
  const credentials = await openCredentials(services, account);
  return loginOf(isFresh(services, credentials) ? credentials : await renewed(services, account.id));
}

function loginOf(credentials: Credentials): FreshLogin {
  return {
    secret: secretOf(credentials),
    endsAt: 'oauth' in credentials ? credentials.oauth.expiresAt : undefined,
  };
}

function isFresh({ clock }: LoginServices, credentials: Credentials): boolean {
  if (!('oauth' in credentials)) return true;
  return credentials.oauth.expiresAt - clock.now() > limits.tokenRenewBeforeMs;
}

/**
 * One of all workers renews, because providers that rotate refresh tokens take a second use of one for theft and end the
 * grant (RFC 9700 section 4.14). It claims that by a conditional write; the others wait for what it stores.
 */
async function renewed(services: LoginServices, accountId: string): Promise<Credentials> {
  const { clock, store } = services;
  const giveUpAt = clock.now() + limits.tokenWaitMs;
  let last: Grant | undefined;
  while (clock.now() < giveUpAt) {
    const stored = await getAccount(store, accountId);
    if (stored === undefined) throw new Fault('not-found', 'There is no such account.');
    const credentials = await openCredentials(services, stored);
    if (!('oauth' in credentials) || isFresh(services, credentials)) return credentials;
    last = credentials.oauth;
    if (stored.refreshUntil === grantHasEnded) throw grantEnded();
    if ((stored.refreshUntil ?? 0) > clock.now()) {
      await clock.sleep(limits.tokenWaitStepMs);
      continue;
    }
    const claimed = { ...stored, refreshUntil: clock.now() + limits.tokenRenewalMs };
    if ((await updateAccount(store, claimed)) === 'written')
      return renew(services, claimed, credentials.oauth);
  }
  // The one who renews may be slow or dead; what is there may still do.
  if (last !== undefined && last.expiresAt > clock.now()) return { oauth: last };
  throw providerSilent();
}

/**
 * Asks the provider and stores what it gives at once. Should this process end between the two, a rotated refresh token is
 * lost: a provider that keeps the former one good for a while (Microsoft, Google) gives another, one that does not ends the
 * grant, and the user is asked again. Nothing that is written before the answer can prevent that.
 */
async function renew(services: LoginServices, claimed: Account, grant: Grant): Promise<Credentials> {
  const tokens = await askProvider(services, grant).catch(async (error: unknown) => {
    await settle(services, claimed, { refreshUntil: undefined });
    throw error;
  });
  if (tokens === 'ended') {
    await settle(services, claimed, { refreshUntil: grantHasEnded });
    services.log.warn('grant-ended', { account: claimed.id });
    throw grantEnded();
  }
  const oauth: Grant = {
    provider: grant.provider,
    refreshToken: tokens.refreshToken ?? grant.refreshToken,
    accessToken: tokens.accessToken,
    expiresAt: services.clock.now() + tokens.lifeMs,
  };
  const { sealedCredentials } = await sealCredentials(services, claimed.id, { oauth }, claimed.wrappedKey);
  await settle(services, claimed, { sealedCredentials, refreshUntil: undefined });
  services.log.info('token-renewed', { account: claimed.id });
  return { oauth };
}

async function askProvider(services: LoginServices, grant: Grant) {
  const provider = (await services.oauth.providers()).get(grant.provider);
  if (provider === undefined) throw providerSilent();
  try {
    return await refreshGrant(services, provider, grant.refreshToken);
  } catch (error) {
    throw providerSilent(error);
  }
}

/** Whatever else changed of the account meanwhile stays; new credentials that its user gave meanwhile stay too. */
async function settle(
  services: LoginServices,
  claimed: Account,
  change: Pick<Account, 'refreshUntil'> & { readonly sealedCredentials?: string },
): Promise<void> {
  await changeAccount(services, claimed.id, (stored) =>
    stored.sealedCredentials === claimed.sealedCredentials ? { ...stored, ...change } : stored,
  );
}

/** In place of a time: nobody is to ask for this grant again. New credentials take it away. */
const grantHasEnded = Number.MAX_SAFE_INTEGER;

function grantEnded(): Fault {
  return new Fault(
    'login-refused',
    'The provider has taken back what it allowed this service, or the user has. Sign in there again.',
  );
}

function providerSilent(cause?: unknown): Fault {
  return new Fault(
    'mail-host-unreachable',
    'The provider of this login cannot be asked now. Try again later.',
    {
      cause,
    },
  );
}
