import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import Provider from 'oidc-provider';
import { listen } from './listen.ts';
import { scriptedAuthority } from './scripted-authority.ts';

export type OauthAuthority = {
  readonly issuer: string;
  readonly port: number;
  readonly ca: string;
  /** What this service asked for behind the user's back, in order: `/token`, `/token/revocation`. */
  readonly asked: readonly string[];
  /** What the user does on the provider's page from now on: signs in as who they said, as somebody else, or refuses. */
  userIs(behaviour: 'themselves' | 'refusing' | `as ${string}`): void;
  /** Ends what everybody granted. */
  endGrants(): void;
  stop(): Promise<void>;
};

/** A real authorization server on this machine: PKCE, rotated refresh tokens, introspection, revocation. */
export async function startOauthAuthority(redirectUri: string): Promise<OauthAuthority> {
  const certificates = await scriptedAuthority();
  const server = createServer(await certificates.issue(['localhost']));
  const port = await listen(server);
  const issuer = `https://localhost:${port}`;
  const asked: string[] = [];
  let behaviour = 'themselves';
  let hasEnded = false;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'coi-push',
        client_secret: 'service-secret',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        client_id: 'dovecot',
        client_secret: 'dovecot-secret',
        redirect_uris: [],
        grant_types: [],
        response_types: [],
      },
    ],
    cookies: { keys: ['test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: async (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: id, email_verified: true }),
    }),
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    interactions: { url: async (_context, { uid }) => `/interaction/${uid}` },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 3600,
      RefreshToken: 86_400,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      Session: 600,
    },
    async loadExistingGrant(context) {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client?.clientId,
        accountId: context.oidc.session?.accountId,
      });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const path = request.url ?? '';
    if (path === '/token' || path === '/token/revocation') asked.push(path);
    if (path === '/token' && hasEnded) {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
      return;
    }
    if (!path.startsWith('/interaction/')) {
      void answer(request, response);
      return;
    }
    void provider.interactionDetails(request, response).then(({ params }) => {
      const named = String(params['login_hint']);
      const accountId = behaviour.startsWith('as ') ? behaviour.slice(3) : named;
      const result = behaviour === 'refusing' ? { error: 'access_denied' } : { login: { accountId } };
      return provider.interactionFinished(request, response, result);
    });
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    issuer,
    port,
    ca: certificates.ca,
    asked,
    userIs: (next) => {
      behaviour = next;
    },
    endGrants: () => {
      hasEnded = true;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
