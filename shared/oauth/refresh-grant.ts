import {
  processRefreshTokenResponse,
  processRevocationResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  revocationRequest,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import type { Network } from '../net/connect.ts';
import type { OauthProvider } from './oauth-providers.ts';
import { clientProof, guardedBy, serverOf } from './oauth-server.ts';

/** What a token endpoint gave. */
export type Tokens = {
  readonly accessToken: string;
  /** Undefined where the one that was used stays good. */
  readonly refreshToken: string | undefined;
  /** RFC 6749 section 5.1 leaves it out where it is documented elsewhere; an hour is what everybody has. */
  readonly lifeMs: number;
};

/**
 * Gets the next access token.
 *
 * @returns `ended` when the user or the provider took the grant back (`invalid_grant`, RFC 6749 section 5.2): asking again
 *   cannot help
 * @throws Error when the provider is not reached, or says something else
 */
export async function refreshGrant(
  network: Network,
  provider: OauthProvider,
  refreshToken: string,
): Promise<Tokens | 'ended'> {
  const server = await serverOf(network, provider);
  const client = { client_id: provider.clientId };
  const proof = clientProof(server, provider);
  const reply = await refreshTokenGrantRequest(server, client, proof, refreshToken, guardedBy(network));
  try {
    return tokensOf(await processRefreshTokenResponse(server, client, reply));
  } catch (error) {
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return 'ended';
    throw error;
  }
}

/** Takes a grant back at the provider, where it has an endpoint for that (RFC 7009). */
export async function revokeGrant(
  network: Network,
  provider: OauthProvider,
  refreshToken: string,
): Promise<void> {
  const server = await serverOf(network, provider);
  if (server.revocation_endpoint === undefined) return;
  const client = { client_id: provider.clientId };
  const proof = clientProof(server, provider);
  await processRevocationResponse(
    await revocationRequest(server, client, proof, refreshToken, guardedBy(network)),
  );
}

/** @throws Error for a token of other characters than RFC 6749 appendix A.12 and A.17 allow: at logins, they would end it */
export function tokensOf(given: TokenEndpointResponse): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken } = given;
  for (const token of [accessToken, refreshToken]) {
    if (token !== undefined && !/^[\x20-\x7e]+$/.test(token)) throw new Error('a token has odd characters');
  }
  return {
    accessToken,
    refreshToken,
    lifeMs: (given.expires_in ?? 3600) * 1000,
  };
}
