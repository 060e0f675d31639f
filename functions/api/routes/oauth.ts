import { createRoute, z } from '@hono/zod-openapi';
import { normaliseAddress } from '../../../shared/coi/addresses.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { exchangeOauth, finishOauth, startOauth } from '../../../shared/flows/accounts/oauth-sign-in.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { limitedPerNetwork } from '../limit-calls.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { SignInReply, signInReply } from '../schemas/sign-in-reply.ts';
import { MailAddress, shortText } from '../validation.ts';

const tags = ['Sign-in'];
const ProviderName = z.object({ provider: z.string().regex(/^[a-z0-9-]{1,32}$/, 'is not a provider') });
const Secret = z.string().min(1).max(256);

const start = createRoute({
  method: 'post',
  path: '/v1/oauth/{provider}/start',
  middleware: [limitedPerNetwork('oauth')] as const,
  tags,
  summary: 'Begin to sign a device in at a provider',
  description:
    'For providers that `POST /v1/discovery` names as `oauth2:` and their name. Open `authorizeUrl` in a browser; it is ' +
    'good for ten minutes and one user. The user comes back to `returnTo` with `code`, for `POST /v1/oauth/exchange`, or ' +
    'with `error`.',
  request: {
    params: ProviderName,
    body: jsonBody(
      z
        .object({
          email: MailAddress,
          deviceName: shortText(limits.chosenNameBytes).optional(),
          returnTo: z.string().max(2_000).optional().openapi({
            description:
              'At the origin of this API, or one that it allows for web pages. Without it, the code is shown to the user.',
          }),
          inviteCode: z.string().max(128).optional(),
          codeChallenge: z
            .string()
            .regex(/^[0-9A-Za-z_-]{43}$/, 'is not the base64url of a SHA-256')
            .optional()
            .openapi({
              description:
                'Base64url of the SHA-256 of a secret of the app, which then has to show that secret with its code ' +
                '(as in RFC 7636, S256): nobody else can use the code, and nobody can hand the app another one.',
            }),
        })
        .openapi('OauthStart'),
    ),
  },
  responses: {
    200: jsonReply('Where to send the user.', z.object({ authorizeUrl: z.string() })),
    ...problems('invalid-request', 'not-found', 'too-many-requests', 'mail-host-unreachable'),
  },
});

const callback = createRoute({
  method: 'get',
  path: '/v1/oauth/{provider}/callback',
  middleware: [limitedPerNetwork('oauth')] as const,
  tags,
  summary: 'Where the provider sends the user back to',
  description:
    'For browsers. Leads to `returnTo` with `code` or `error`: a code of this list of problems, `access-denied` when the ' +
    'user refused, `other-address` when they chose another account than they named, `address-unproven`, or `oauth-failed`.',
  request: { params: ProviderName },
  responses: {
    200: jsonReply(
      'There was no `returnTo`.',
      z.object({ code: z.string().optional(), error: z.string().optional() }),
    ),
    302: { description: 'To `returnTo`.' },
    ...problems('invalid-request', 'not-found', 'validation-expired', 'too-many-requests'),
  },
});

const exchange = createRoute({
  method: 'post',
  path: '/v1/oauth/exchange',
  middleware: [limitedPerNetwork('oauth')] as const,
  tags,
  summary: 'Turn the code of a sign-in at a provider into a session',
  description: 'The code is good for a minute, and once.',
  request: {
    body: jsonBody(
      z.object({
        code: Secret,
        codeVerifier: z
          .string()
          .regex(
            /^[0-9A-Za-z._~-]{43,128}$/,
            'has other characters or another length than RFC 7636 section 4.1 allows',
          )
          .optional()
          .openapi({ description: 'The secret that `codeChallenge` was made of, where there was one.' }),
      }),
    ),
  },
  responses: {
    201: jsonReply('The device is signed in.', SignInReply),
    ...problems('invalid-request', 'validation-expired', 'too-many-requests'),
  },
});

export const oauthRoutes: RouteGroup = (api) => {
  api.openapi(start, async (c) => {
    const { context } = c.var;
    const { email, deviceName, returnTo, inviteCode, codeChallenge } = c.req.valid('json');
    const { provider } = c.req.valid('param');
    const authorizeUrl = await startOauth(context.services, provider, {
      email: normaliseAddress(email),
      deviceName,
      inviteCode,
      codeChallenge,
      returnTo: returnTo === undefined ? undefined : allowedReturn(context, returnTo),
      redirectUri: redirectUri(context, provider),
    });
    return c.json({ authorizeUrl }, 200);
  });

  api.openapi(callback, async (c) => {
    const { context } = c.var;
    const { provider } = c.req.valid('param');
    const { searchParams } = new URL(c.req.url);
    const end = await finishOauth(context.services, provider, searchParams, redirectUri(context, provider));
    const said = 'code' in end ? { code: end.code } : { error: end.problem };
    if (end.returnTo === undefined) return c.json(said, 200);
    const url = new URL(end.returnTo);
    for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value);
    return c.redirect(url.href, 302);
  });

  api.openapi(exchange, async (c) => {
    const { services } = c.var.context;
    const { code, codeVerifier } = c.req.valid('json');
    return c.json(await signInReply(services, await exchangeOauth(services, { code, codeVerifier })), 201);
  });
};

/** Never an address that a stranger chose: whoever got the code there would be signed in. */
function allowedReturn({ publicUrl, corsOrigins }: ApiContext, returnTo: string): string {
  const url = URL.canParse(returnTo) ? new URL(returnTo) : undefined;
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin];
  const isAllowed =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    [...own, ...corsOrigins].includes(url.origin);
  if (isAllowed) return url.href;
  const message = 'must be at the origin of this API, or at one that it allows for web pages';
  throw new Fault('invalid-request', 'The user may not be sent back there.', {
    fields: [{ field: 'returnTo', message }],
  });
}

/** As it is registered at the provider, letter by letter. */
function redirectUri({ publicUrl }: ApiContext, provider: string): string {
  if (publicUrl !== undefined) return `${publicUrl}/v1/oauth/${provider}/callback`;
  throw new Fault(
    'not-found',
    'This service does not know its own address, so no provider can lead back to it.',
  );
}
