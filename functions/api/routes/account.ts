import { createRoute } from '@hono/zod-openapi';
import { eraseEverything } from '../../../shared/flows/erase.ts';
import { getWatch } from '../../../shared/store/watch.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { problems } from '../problem.ts';
import { AccountReply, accountReply } from '../schemas/account.ts';
import { jsonReply } from '../schemas/common.ts';

const getAccount = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/account',
  tags: ['Account'],
  summary: 'The account, how it is watched, and what its mail server can do',
  responses: { 200: jsonReply('The account.', AccountReply), ...problems('not-signed-in') },
});

const deleteAccount = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/account',
  tags: ['Account'],
  summary: 'Erase everything stored about the account',
  description: 'Stops the watch and signs every device out. Mail in the mailbox is not touched.',
  responses: { 204: { description: 'Nothing is stored of it any more.' }, ...problems('not-signed-in') },
});

export const accountRoutes: RouteGroup = (api) => {
  api.openapi(getAccount, async (c) => {
    const { services } = c.var.context;
    const { account } = c.var;
    const watch = await getWatch(services.store, account.id);
    return c.json(accountReply({ account, watch, lastCheckedAt: services.lastChecks.get(account.id) }), 200);
  });

  api.openapi(deleteAccount, async (c) => {
    await eraseEverything(c.var.context.services, c.var.account.id);
    return c.body(null, 204);
  });
};
