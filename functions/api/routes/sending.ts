import { createRoute, z } from '@hono/zod-openapi';
import { Fault } from '../../../shared/core/faults.ts';
import { limits } from '../../../shared/core/limits.ts';
import { sendText, type TextToSend } from '../../../shared/flows/send-message.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { IdempotencyHeaders, signedInOnce } from '../idempotency.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { SendReply, sendReply } from '../schemas/sending.ts';
import { invalidField, MailAddress } from '../validation.ts';
import { ConversationId } from './conversations.ts';

/** Unknown members are refused: a wish that this version cannot fulfil is not dropped in silence. */
const SendRequest = z
  .strictObject({
    kind: z.literal('text'),
    conversation: ConversationId.optional().openapi({ description: 'An existing conversation.' }),
    to: z
      .array(MailAddress)
      .min(1)
      .max(limits.recipients)
      .optional()
      .openapi({ description: 'Addresses, where there need be no conversation yet.' }),
    text: z
      .string()
      .max(limits.textCharacters)
      .refine((text) => text.trim() !== '', 'must not be empty')
      .openapi({ minLength: 1 }),
    requestReceipt: z
      .boolean()
      .default(false)
      .openapi({ description: 'Ask the recipients for read receipts.' }),
  })
  .refine(({ conversation, to }) => (conversation === undefined) !== (to === undefined), {
    path: ['to'],
    message: 'exactly one of `conversation` and `to` is needed',
  })
  .openapi('SendRequest');

const send = createRoute({
  ...signedInOnce,
  method: 'post',
  path: '/v1/messages',
  tags: ['Sending'],
  summary: 'Send a message',
  description:
    'Tries to hand it to the mail server at once. What cannot be sent now stays queued and is tried again for two ' +
    'days; `GET /v1/messages/{id}` tells how it went. With an `Idempotency-Key`, repeating the call never sends twice.',
  request: { headers: IdempotencyHeaders, body: jsonBody(SendRequest) },
  responses: {
    202: jsonReply('The message is recorded, and sent or going to be.', SendReply),
    ...problems('invalid-request', 'not-signed-in', 'not-found', 'conflict', 'send-refused'),
  },
});

export const sendingRoutes: RouteGroup = (api) => {
  api.openapi(send, async (c) => {
    const { services } = c.var.context;
    const { account } = c.var;
    const { conversation, to, text, requestReceipt } = c.req.valid('json');
    const target = await targetOf(services, account.id, { conversation, to });
    const message = await sendText(services, account, { to: target, text, requestReceipt, seed: c.var.seed });
    return c.json(sendReply(message), 202);
  });
};

async function targetOf(
  services: ApiContext['services'],
  accountId: string,
  wanted: { conversation: string | undefined; to: readonly string[] | undefined },
): Promise<TextToSend['to']> {
  if (wanted.to !== undefined) {
    const addresses = [...new Set(wanted.to.map((address) => address.toLowerCase()))];
    return { addresses: addresses.map((address) => ({ address, name: undefined })) };
  }
  if (wanted.conversation === undefined) throw invalidField('to', 'is needed');
  const { store, clock } = services;
  const conversation = await getConversation(store, accountId, wanted.conversation, clock.now());
  if (conversation === undefined) throw new Fault('not-found', 'This account has no such conversation.');
  return { conversation };
}
