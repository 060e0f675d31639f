import { createHash, randomBytes } from 'node:crypto';
import { normaliseAddress } from '../../coi/addresses.ts';
import { Fault, type FaultCode } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { beginErrand, finishErrand, type Granted } from '../../oauth/authorize.ts';
import type { OauthProvider } from '../../oauth/oauth-providers.ts';
import { getAccount } from '../../store/account.ts';
import {
  type OauthFlow,
  putOauthFlow,
  putOauthHandover,
  takeOauthFlow,
  takeOauthHandover,
} from '../../store/oauth-flow.ts';
import type { Services } from '../services.ts';
import { admitAccount, type SignedIn, startSession } from './sign-in.ts';

export type OauthStart = Pick<
  OauthFlow,
  'email' | 'deviceName' | 'inviteCode' | 'returnTo' | 'codeChallenge'
> & {
  /** This service's own address for the provider's answer. */
  readonly redirectUri: string;
};

/**
 * Sends a user to a provider. What is needed when they come back is stored for ten minutes under the state, which nobody
 * else knows.
 *
 * @returns where to send them
 * @throws Fault `not-found` for a provider that the operator has not set up, `mail-host-unreachable`
 */
export async function startOauth(
  services: Services,
  providerId: string,
  { redirectUri, ...start }: OauthStart,
): Promise<string> {
  const provider = await providerNamed(services, providerId);
  const state = randomBytes(32).toString('base64url');
  const errand = { email: start.email, state, redirectUri };
  const { authorizeUrl, verifier, nonce } = await beginErrand(services, provider, errand).catch((cause) => {
    throw new Fault('mail-host-unreachable', 'The provider cannot be reached. Try again later.', { cause });
  });
  const flow: OauthFlow = { ...start, provider: providerId, verifier, nonce };
  await putOauthFlow(services.store, state, flow, services.clock.now() + limits.oauthFlowMs);
  return authorizeUrl;
}

/** Why nobody was signed in: a fault of this service's table, or something that the provider said. */
export type OauthProblem =
  | FaultCode
  | 'access-denied'
  | 'other-address'
  | 'address-unproven'
  | 'oauth-failed';

export type OauthEnd = { readonly returnTo: string | undefined } & (
  | { readonly code: string }
  | { readonly problem: OauthProblem }
);

/**
 * Takes a user back from a provider: gets the tokens, proves by them that mailbox and submission server are theirs, and
 * stores the account. The app gets a code that is good for one session.
 *
 * @param parameters the query that the provider sent the user back with
 * @throws Fault `validation-expired` for a state that was never given out, is spent, or too old
 */
export async function finishOauth(
  services: Services,
  providerId: string,
  parameters: URLSearchParams,
  redirectUri: string,
): Promise<OauthEnd> {
  const { store, clock } = services;
  const state = parameters.get('state') ?? '';
  const flow = await takeOauthFlow(store, state, clock.now());
  if (flow === undefined || flow.provider !== providerId) {
    throw new Fault('validation-expired', 'This sign-in is over, or was never begun. Start it again.');
  }
  const { returnTo, deviceName, codeChallenge } = flow;
  // RFC 6749 section 4.1.2.1. Other errors are the operator's to mend.
  if (parameters.get('error') === 'access_denied') return { returnTo, problem: 'access-denied' };
  try {
    const provider = await providerNamed(services, providerId);
    const errand = { verifier: flow.verifier, nonce: flow.nonce, state, redirectUri };
    const granted = await finishErrand(services, provider, parameters, errand);
    const problem = problemOf(granted, flow.email);
    if (problem !== undefined) return { returnTo, problem };
    const accountId = await admit(services, provider, flow, granted);
    const code = randomBytes(32).toString('base64url');
    const handover = { accountId, deviceName, codeChallenge };
    await putOauthHandover(store, code, handover, clock.now() + limits.oauthHandoverMs);
    return { returnTo, code };
  } catch (error) {
    // The grant stays: taking it back would end that of an account which the user may have here already.
    if (error instanceof Fault) return { returnTo, problem: error.code };
    services.log.warn('oauth-failed', { error: error instanceof Error ? error.name : 'unknown' });
    return { returnTo, problem: 'oauth-failed' };
  }
}

/**
 * Turns the code that an app got with its user into a session. An app that gave a challenge at the start has to show what
 * it is of (as in RFC 7636): who gets hold of its code cannot use it, and nobody can make it use another one's.
 *
 * @throws Fault `validation-expired` for a code that was never given out, is spent, too old, or another app's
 */
export async function exchangeOauth(
  services: Services,
  { code, codeVerifier }: { readonly code: string; readonly codeVerifier: string | undefined },
): Promise<SignedIn> {
  const handover = await takeOauthHandover(services.store, code, services.clock.now());
  const account = handover && (await getAccount(services.store, handover.accountId));
  const challenge = codeVerifier && createHash('sha256').update(codeVerifier).digest('base64url');
  if (handover === undefined || account === undefined || handover.codeChallenge !== challenge) {
    throw new Fault('validation-expired', 'This code is spent or too old. Start the sign-in again.');
  }
  return startSession(services, account, handover.deviceName);
}

function problemOf(granted: Granted, email: string): OauthProblem | undefined {
  // An account without one would end with its first token.
  if (granted.refreshToken === undefined) return 'oauth-failed';
  if (granted.email !== undefined && normaliseAddress(granted.email) !== email) return 'other-address';
  return granted.isEmailVerified === false ? 'address-unproven' : undefined;
}

async function admit(
  services: Services,
  provider: OauthProvider,
  flow: OauthFlow,
  { accessToken, refreshToken = '', lifeMs }: Granted,
): Promise<string> {
  const { email, inviteCode } = flow;
  const account = await admitAccount(services, {
    email,
    credentials: {
      oauth: { provider: provider.id, accessToken, refreshToken, expiresAt: services.clock.now() + lifeMs },
    },
    displayName: undefined,
    // The provider's own servers, and no others: what a user named could be anybody's, and would get the token.
    imap: { ...provider.imap, user: email },
    smtp: { ...provider.smtp, user: email },
    inviteCode,
  });
  return account.id;
}

async function providerNamed({ oauth }: Services, id: string): Promise<OauthProvider> {
  const provider = (await oauth.providers()).get(id);
  if (provider === undefined) throw new Fault('not-found', 'This service has no sign-in at that provider.');
  return provider;
}
