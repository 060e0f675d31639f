import { createRoute } from '@hono/zod-openapi';
import { parseMessageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { tellOfMessage } from '../../../shared/flows/conversations/tell-of-message.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { messageParams, noMessage } from '../message-of.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { MessageReply, messageReply } from '../schemas/message.ts';
import { MessageChange } from '../schemas/message-change.ts';

const change = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('reading')] as const,
  method: 'patch',
  path: '/v1/messages/{id}',
  tags: ['Messages'],
  summary: 'Tell what an encrypted message turned out to be',
  description:
    'What only a client can know, after it decrypted the message. Members that are not given stay as they are. Saying it ' +
    'again changes nothing, and nor does the mail when it is read again. Of a message that was moved, former ids go on ' +
    'working. `conflict`: the message is not encrypted, so that all this is read from it.',
  request: { params: messageParams, body: jsonBody(MessageChange) },
  responses: {
    200: jsonReply('The message as it is now.', MessageReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'not-found',
      'conflict',
      'limit-reached',
      'too-many-requests',
    ),
  },
});

export const messageChangeRoutes: RouteGroup = (api) => {
  api.openapi(change, async (c) => {
    const { services } = c.var.context;
    const ref = parseMessageRef(c.req.valid('param').id);
    if (ref === undefined) throw noMessage();
    const message = await tellOfMessage(services, c.var.account, ref, c.req.valid('json'));
    const { store, clock } = services;
    const conversation = await getConversation(store, c.var.account.id, message.conversationId, clock.now());
    return c.json(messageReply(message, conversation?.seenUpTo), 200);
  });
};
