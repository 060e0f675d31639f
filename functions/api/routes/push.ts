import { createRoute, z } from '@hono/zod-openapi';
import { Fault, type FieldFault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { SubscriptionWish } from '../../../shared/flows/push/subscription-wish.ts';
import { listShown, subscribe, unsubscribe, validate } from '../../../shared/flows/push/subscriptions.ts';
import { pushTest } from '../../../shared/flows/push/test-push.ts';
import { parsePushEndpoint } from '../../../shared/net/push-endpoint.ts';
import { parseSubscriptionKeys } from '../../../shared/push/subscription-keys.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { pageOf } from '../page.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import {
  PushKey,
  pushKey,
  SubscriptionId,
  SubscriptionReply,
  SubscriptionRequest,
  subscriptionReply,
  TestPushReply,
  testedReply,
} from '../schemas/push.ts';

const tags = ['Push'];
const params = z.object({ id: SubscriptionId });

/** What asking a mail server that pushes by itself may end with. */
const atServer = ['login-refused', 'mail-host-forbidden', 'mail-host-unreachable'] as const;

const getKey = createRoute({
  method: 'get',
  path: '/v1/push/key',
  tags,
  summary: 'The public key to subscribe with',
  description:
    'For accounts whose mail server does not push by itself. `GET /v1/account` names the key of the account.',
  responses: { 200: jsonReply('The key.', PushKey), ...problems() },
});

const putSubscription = createRoute({
  ...signedIn,
  method: 'put',
  path: '/v1/push/subscriptions/{id}',
  tags,
  summary: 'Subscribe this device to pushes, or renew it',
  description:
    'The client chooses the id, and repeats the call at each start to renew it: a subscription that is not renewed ' +
    'ends after 30 days. A new or changed endpoint gets a validation push before this call answers; nothing else is ' +
    'pushed to it until the text of that push came back within five minutes. A changed endpoint takes the place of ' +
    'the old one only then. Where `push.by` of the account is `mail-server`, all this happens there, as the mail server ' +
    'does it: the subscription is handed to it, pushes everything of a message that fits, and has no end.',
  request: { params, body: jsonBody(SubscriptionRequest) },
  responses: {
    200: jsonReply('Renewed: endpoint and keys are the validated ones.', SubscriptionReply),
    201: jsonReply('A validation push was sent to the new endpoint.', SubscriptionReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'push-unreachable',
      'limit-reached',
      'too-many-requests',
      'conflict',
      ...atServer,
    ),
  },
});

const validateSubscription = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('validating')] as const,
  method: 'post',
  path: '/v1/push/subscriptions/{id}/validate',
  tags,
  summary: 'Hand in the text of the validation push',
  request: { params, body: jsonBody(z.object({ validation: z.string().min(1).max(1024) })) },
  responses: {
    204: { description: 'The subscription is validated; pushes begin.' },
    ...problems('invalid-request', 'not-signed-in', 'validation-expired', 'too-many-requests', ...atServer),
  },
});

const testPush = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('test-push')] as const,
  method: 'post',
  path: '/v1/push/test',
  tags,
  summary: 'Push something to show to all devices of the account',
  description:
    'The push has the kind `test`. It is tried once, and the reply says what each push service answered: whether the ' +
    'device shows it is for the user to see. Subscriptions that the mail server keeps are not among them.',
  responses: {
    200: jsonReply('What became of it, for each validated subscription.', TestPushReply),
    ...problems('not-signed-in', 'too-many-requests'),
  },
});

const listAll = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/push/subscriptions',
  tags,
  summary: "The account's push subscriptions",
  description: 'All of them on one page, without endpoints and keys.',
  responses: {
    200: jsonReply('The subscriptions.', pageOf(SubscriptionReply)),
    ...problems('not-signed-in', ...atServer),
  },
});

const getOne = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/push/subscriptions/{id}',
  tags,
  summary: 'One push subscription',
  request: { params },
  responses: {
    200: jsonReply('The subscription.', SubscriptionReply),
    ...problems('invalid-request', 'not-signed-in', 'not-found', ...atServer),
  },
});

const deleteSubscription = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/push/subscriptions/{id}',
  tags,
  summary: 'End a push subscription',
  request: { params },
  responses: {
    204: { description: 'There is no such subscription any more.' },
    ...problems('invalid-request', 'not-signed-in', 'conflict', ...atServer),
  },
});

export const pushRoutes: RouteGroup = (api) => {
  api.openapi(getKey, (c) => {
    return c.json(pushKey(c.var.context.services.vapid.publicKey), 200);
  });

  api.openapi(putSubscription, async (c) => {
    const { resource, ...wish } = c.req.valid('json');
    const { kind, subscription } = await subscribe(c.var.context.services, c.var.account, c.var.session, {
      ...wish,
      id: c.req.valid('param').id,
      excludeFrom: wish.excludeFrom.map((address) => address.toLowerCase()),
      target: targetOf(resource),
    });
    return c.json(subscriptionReply(subscription), kind === 'sent' ? 201 : 200);
  });

  api.openapi(validateSubscription, async (c) => {
    const { validation } = c.req.valid('json');
    await validate(c.var.context.services, c.var.account, c.req.valid('param').id, validation);
    return c.body(null, 204);
  });

  api.openapi(testPush, async (c) => {
    const tested = await pushTest(c.var.context.services, c.var.account.id);
    return c.json({ items: tested.map(testedReply), nextCursor: null }, 200);
  });

  api.openapi(listAll, async (c) => {
    const all = await listShown(c.var.context.services, c.var.account);
    const items = all.slice(0, limits.subscriptionsPerAccount * 2).map(subscriptionReply);
    return c.json({ items, nextCursor: null }, 200);
  });

  api.openapi(getOne, async (c) => {
    const all = await listShown(c.var.context.services, c.var.account);
    const found = all.find((subscription) => subscription.id === c.req.valid('param').id);
    if (found === undefined) throw new Fault('not-found', 'This account has no such subscription.');
    return c.json(subscriptionReply(found), 200);
  });

  api.openapi(deleteSubscription, async (c) => {
    await unsubscribe(c.var.context.services, c.var.account, c.req.valid('param').id);
    return c.body(null, 204);
  });
};

/** The target a subscription names, checked now: a bad key would be found only at the first push. */
function targetOf(resource: z.infer<typeof SubscriptionRequest>['resource']): SubscriptionWish['target'] {
  const endpoint = parsePushEndpoint(resource.endpoint);
  const keys = parseSubscriptionKeys(resource.keys);
  if (!endpoint.ok || !keys.ok) {
    const fields: FieldFault[] = [];
    if (!endpoint.ok) fields.push({ field: 'resource.endpoint', message: endpoint.message });
    if (!keys.ok) fields.push(...keys.fields);
    throw new Fault('invalid-request', 'The resource is no subscription of Web Push.', { fields });
  }
  return { endpoint: resource.endpoint, p256dh: keys.p256dh, auth: keys.auth };
}
