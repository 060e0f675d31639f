import { createRoute } from '@hono/zod-openapi';
import { getProfile, putProfile } from '../../../shared/flows/contacts/profile.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { ProfileReply, ProfileRequest, profileChange, profileReply } from '../schemas/contact.ts';

const tags = ['Contacts'];
const mailboxProblems = [
  'not-signed-in',
  'login-refused',
  'mail-host-forbidden',
  'mail-host-unreachable',
  'not-found',
  'conflict',
] as const;

const getOwn = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/profile',
  tags,
  summary: 'The own profile, as everybody may see it',
  responses: { 200: jsonReply('The profile.', ProfileReply), ...problems(...mailboxProblems) },
});

const putOwn = createRoute({
  ...signedIn,
  method: 'put',
  path: '/v1/profile',
  tags,
  summary: 'Change the own profile',
  description:
    'Stored in the mailbox, and sent along with the next message to each contact. Profiles that other clients keep for ' +
    'friends or colleagues only stay as they are.',
  request: { body: jsonBody(ProfileRequest) },
  responses: {
    200: jsonReply('The profile.', ProfileReply),
    ...problems(...mailboxProblems, 'invalid-request', 'limit-reached'),
  },
});

export const profileRoutes: RouteGroup = (api) => {
  api.openapi(getOwn, async (c) => {
    return c.json(profileReply(await getProfile(c.var.context.services, c.var.account)), 200);
  });

  api.openapi(putOwn, async (c) => {
    const change = profileChange(c.req.valid('json'));
    return c.json(profileReply(await putProfile(c.var.context.services, c.var.account, change)), 200);
  });
};
