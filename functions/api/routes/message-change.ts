import { createRoute } from '@hono/zod-openapi';
import { parseMessageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { tellOfMessage } from '../../../shared/flows/conversations/tell-of-message.ts';
import { deleteMessage } from '../../../shared/flows/mailbox/delete-message.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { messageOf, messageParams, noMessage } from '../message-of.ts';
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

const remove = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('reading')] as const,
  method: 'delete',
  path: '/v1/messages/{id}',
  tags: ['Messages'],
  summary: 'Delete a message from the own mailbox',
  description:
    'Its mail, and those of its edits, go to Trash; where there is none they are removed for good. What is stored of it is ' +
    'forgotten. Others keep it: to take it back from them, send a message of the kind `delete`.',
  request: { params: messageParams },
  responses: {
    204: { description: 'It is gone.' },
    ...problems(
      'invalid-request',
      'not-signed-in',
      'not-found',
      'conflict',
      'too-many-requests',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

export const messageChangeRoutes: RouteGroup = (api) => {
  api.openapi(remove, async (c) => {
    const message = await messageOf(c, c.req.valid('param').id);
    await deleteMessage(c.var.context.services, c.var.account, message);
    return c.body(null, 204);
  });

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
