import {
  type AuthorizationServer,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discoveryRequest,
  None,
  processDiscoveryResponse,
} from 'oauth4webapi';
import { limits } from '../core/limits.ts';
import type { Network } from '../net/connect.ts';
import { httpsFetch } from '../net/https-fetch.ts';
import type { OauthProvider } from './oauth-providers.ts';

/** Everything the library asks goes the guarded way: public addresses, no redirects, a deadline, a bounded answer. */
export function guardedBy(network: Network) {
  return {
    [customFetch]: (
      url: string,
      asked: { method: string; headers: Record<string, string>; body?: URLSearchParams | undefined | null },
    ) =>
      httpsFetch(network, new URL(url), {
        method: asked.method,
        headers: asked.headers,
        body: asked.body?.toString(),
        deadlineMs: limits.oauthRequestMs,
        limitBytes: limits.oauthReplyBytes,
      }),
  };
}

/**
 * The provider's endpoints. Not remembered: they are asked for at sign-ins and once an hour for an account.
 *
 * @throws Error of the connection or the library
 */
export async function serverOf(network: Network, provider: OauthProvider): Promise<AuthorizationServer> {
  if (provider.endpoints !== undefined) return provider.endpoints;
  const issuer = new URL(provider.issuer);
  return processDiscoveryResponse(issuer, await discoveryRequest(issuer, guardedBy(network)));
}

/** How this service proves to the provider who it is (RFC 6749 section 2.3.1). */
export function clientProof(server: AuthorizationServer, { clientSecret }: OauthProvider) {
  if (clientSecret === undefined) return None();
  return server.token_endpoint_auth_methods_supported?.includes('client_secret_post')
    ? ClientSecretPost(clientSecret)
    : ClientSecretBasic(clientSecret);
}
