import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  getValidatedIdTokenClaims,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import type { Network } from '../net/connect.ts';
import type { OauthProvider } from './oauth-providers.ts';
import { clientProof, guardedBy, serverOf } from './oauth-server.ts';
import { type Tokens, tokensOf } from './refresh-grant.ts';

/** What is kept here of a user who is sent to a provider, until they come back. */
export type Errand = { readonly verifier: string; readonly nonce: string };

export type Granted = Tokens & {
  /** What the provider says of the user's address, where it says anything. */
  readonly email: string | undefined;
  readonly isEmailVerified: boolean | undefined;
};

/**
 * Where to send a user: the authorization code flow with PKCE (RFC 7636, S256), as RFC 9700 asks for.
 *
 * @throws Error when the provider's endpoints cannot be read
 */
export async function beginErrand(
  network: Network,
  provider: OauthProvider,
  {
    email,
    state,
    redirectUri,
  }: { readonly email: string; readonly state: string; readonly redirectUri: string },
): Promise<Errand & { readonly authorizeUrl: string }> {
  const server = await serverOf(network, provider);
  if (server.authorization_endpoint === undefined)
    throw new Error('the provider has no authorization endpoint');
  const verifier = generateRandomCodeVerifier();
  const nonce = generateRandomNonce();
  const url = new URL(server.authorization_endpoint);
  const asks: Readonly<Record<string, string>> = {
    ...provider.asks,
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes,
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    login_hint: email,
  };
  for (const [name, value] of Object.entries(asks)) url.searchParams.set(name, value);
  return { verifier, nonce, authorizeUrl: url.href };
}

/**
 * Turns what a user came back with into tokens. Issuer (RFC 9207), audience and nonce are checked; the signature is not,
 * for the token comes from the provider itself over TLS (OpenID Connect Core section 3.1.3.7, 6).
 *
 * @param parameters the query of the redirect; its state was found and spent
 * @throws Error when the user refused, or anything does not fit
 */
export async function finishErrand(
  network: Network,
  provider: OauthProvider,
  parameters: URLSearchParams,
  { verifier, nonce, state, redirectUri }: Errand & { readonly state: string; readonly redirectUri: string },
): Promise<Granted> {
  const server = await serverOf(network, provider);
  const client = { client_id: provider.clientId };
  const checked = validateAuthResponse(server, client, parameters, state);
  const proof = clientProof(server, provider);
  const reply = await authorizationCodeGrantRequest(
    server,
    client,
    proof,
    checked,
    redirectUri,
    verifier,
    guardedBy(network),
  );
  const isOpenId = provider.scopes.split(' ').includes('openid');
  const given = await processAuthorizationCodeResponse(
    server,
    client,
    reply,
    isOpenId ? { expectedNonce: nonce, requireIdToken: true } : {},
  );
  const claims = getValidatedIdTokenClaims(given);
  const email = claims?.['email'];
  const isEmailVerified = claims?.['email_verified'];
  return {
    ...tokensOf(given),
    email: typeof email === 'string' ? email : undefined,
    isEmailVerified: typeof isEmailVerified === 'boolean' ? isEmailVerified : undefined,
  };
}
