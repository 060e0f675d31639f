import { createRoute, z } from '@hono/zod-openapi';
import { normaliseAddress } from '../../../shared/coi/addresses.ts';
import { Fault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { settingsFor } from '../../../shared/flows/accounts/settings-for.ts';
import { signIn } from '../../../shared/flows/accounts/sign-in.ts';
import { withinSignInLimits } from '../../../shared/flows/accounts/sign-in-limits.ts';
import { signOut } from '../../../shared/flows/accounts/sign-out.ts';
import type { HostSettings } from '../../../shared/store/items.ts';
import { getSession, listSessions } from '../../../shared/store/session.ts';
import { signedIn } from '../auth.ts';
import { networkOf } from '../client-network.ts';
import type { RouteGroup } from '../context.ts';
import { pageOf } from '../page.ts';
import { problems } from '../problem.ts';
import { SessionReply, sessionReply } from '../schemas/account.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { SignInReply, signInReply } from '../schemas/sign-in-reply.ts';
import { MailAddress, Password, shortText } from '../validation.ts';

const tags = ['Sign-in'];

const MailServer = z
  .object({
    host: z
      .string()
      .regex(/^[A-Za-z0-9._:[\]-]{1,253}$/, 'must be a host name')
      .openapi({ example: 'imap.example.org' }),
    port: z.int().min(1).max(65_535),
    tls: z.enum(['implicit', 'starttls']),
    user: shortText(254).optional().openapi({ description: 'The mail address when left out.' }),
  })
  .openapi('MailServer');

const SignInRequest = z
  .object({
    email: MailAddress,
    password: Password,
    deviceName: shortText(limits.chosenNameBytes).optional(),
    displayName: shortText(limits.chosenNameBytes).optional().openapi({
      description: 'The name that recipients see.',
    }),
    imap: MailServer.optional(),
    smtp: MailServer.optional().openapi({ description: 'The submission server.' }),
    inviteCode: z
      .string()
      .max(128)
      .optional()
      .openapi({ description: 'For services that admit by invitation.' }),
  })
  .openapi('SignInRequest');

const create = createRoute({
  method: 'post',
  path: '/v1/sessions',
  tags,
  summary: 'Sign a device in',
  description:
    'Logs in to the IMAP and the submission server with this password before anything is stored. The first sign-in of ' +
    'an address makes its account; a later one adds a device and refreshes password and settings. Without `imap` and ' +
    '`smtp` they are looked up as `POST /v1/discovery` does, and used when they need no confirmation.',
  request: { body: jsonBody(SignInRequest) },
  responses: {
    201: jsonReply('The device is signed in.', SignInReply),
    ...problems(
      'invalid-request',
      'not-admitted',
      'limit-reached',
      'too-many-requests',
      'conflict',
      'needs-settings',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

const listAll = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/sessions',
  tags,
  summary: "The account's devices",
  description: 'All of them on one page, the newest first.',
  responses: { 200: jsonReply('The devices.', pageOf(SessionReply)), ...problems('not-signed-in') },
});

const deleteCurrent = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/sessions/current',
  tags,
  summary: 'Sign this device out and end its push subscriptions',
  responses: { 204: { description: 'The token is void.' }, ...problems('not-signed-in') },
});

const deleteOne = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/sessions/{id}',
  tags,
  summary: 'Sign another device out and end its push subscriptions',
  request: { params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a session id') }) },
  responses: {
    204: { description: 'Its token is void.' },
    ...problems('invalid-request', 'not-signed-in', 'not-found'),
  },
});

export const sessionRoutes: RouteGroup = (api) => {
  api.openapi(create, async (c) => {
    const { services } = c.var.context;
    const { email: given, password, deviceName, displayName, imap, smtp, inviteCode } = c.req.valid('json');
    const email = normaliseAddress(given);
    const network = networkOf(c.var.context.addressOf(c));
    const done = await withinSignInLimits(services, { network, email }, async () =>
      signIn(services, {
        email,
        credentials: { password },
        deviceName,
        displayName,
        ...(await settingsFor(services, email, {
          imap: imap && hostSettings(imap, email),
          smtp: smtp && hostSettings(smtp, email),
        })),
        inviteCode,
      }),
    );
    return c.json(await signInReply(services, done), 201);
  });

  api.openapi(listAll, async (c) => {
    const { store, clock } = c.var.context.services;
    const sessions = await listSessions(store, c.var.account.id, clock.now());
    const newestFirst = sessions.sort((a, b) => b.createdAt - a.createdAt);
    return c.json(
      { items: newestFirst.map((item) => sessionReply(item, c.var.session)), nextCursor: null },
      200,
    );
  });

  api.openapi(deleteCurrent, async (c) => {
    await signOut(c.var.context.services, c.var.session);
    return c.body(null, 204);
  });

  api.openapi(deleteOne, async (c) => {
    const { services } = c.var.context;
    const { id } = c.req.valid('param');
    const session = await getSession(services.store, c.var.account.id, id, services.clock.now());
    if (session === undefined) throw new Fault('not-found', 'This account has no such device.');
    await signOut(services, session);
    return c.body(null, 204);
  });
};

function hostSettings(
  given: { host: string; port: number; tls: 'implicit' | 'starttls'; user?: string | undefined },
  email: string,
): HostSettings {
  return { host: given.host.toLowerCase(), port: given.port, tls: given.tls, user: given.user ?? email };
}
