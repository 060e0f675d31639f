import type { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { openPart, openSource, readShownText } from '../../../shared/flows/mailbox/read-message.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import { signedIn } from '../auth.ts';
import { attachment } from '../content-disposition.ts';
import type { RouteGroup } from '../context.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { messageOf, messageParams } from '../message-of.ts';
import { problems } from '../problem.ts';
import { jsonReply } from '../schemas/common.ts';
import { MessageWithText, messageReply } from '../schemas/message.ts';

const tags = ['Messages'];
const mailboxFaults = [
  'invalid-request',
  'not-signed-in',
  'not-found',
  'too-many-requests',
  'login-refused',
  'mail-host-forbidden',
  'mail-host-unreachable',
] as const;
const mailboxProblems = problems(...mailboxFaults);
/** Some hosts can pass on so many bytes and no more. */
const downloadProblems = problems(...mailboxFaults, 'limit-reached');

const getOne = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('reading')] as const,
  method: 'get',
  path: '/v1/messages/{id}',
  tags,
  summary: 'A message with its text, read from the mailbox now',
  request: {
    params: messageParams,
    query: z.object({
      html: z
        .enum(['0', '1'])
        .default('0')
        .openapi({ description: '`1`: the sanitised HTML too, where the mail has one.' }),
    }),
  },
  responses: { 200: jsonReply('The message.', MessageWithText), ...mailboxProblems },
});

const getRaw = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('reading')] as const,
  method: 'get',
  path: '/v1/messages/{id}/raw',
  tags,
  summary: 'The whole mail, byte for byte',
  request: { params: messageParams },
  responses: {
    200: {
      description: 'The mail.',
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...downloadProblems,
  },
});

const getPart = createRoute({
  ...signedIn,
  middleware: [signedIn.middleware, limitedPerAccount('reading')] as const,
  method: 'get',
  path: '/v1/messages/{id}/parts/{part}',
  tags,
  summary: 'One part of a mail, decoded: an attachment',
  request: {
    params: messageParams.extend({
      part: z
        .string()
        .regex(/^[1-9]\d{0,2}(\.[1-9]\d{0,2}){0,9}$/, 'must be a part number such as 2 or 1.3')
        .openapi({ example: '2' }),
    }),
  },
  responses: {
    200: {
      description: 'The part, with its own type.',
      content: { '*/*': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...downloadProblems,
  },
});

export const messageRoutes: RouteGroup = (api) => {
  api.openapi(getOne, async (c) => {
    const { services } = c.var.context;
    const message = await messageOf(c, c.req.valid('param').id);
    const { conversationId } = message;
    const [conversation, shown] = await Promise.all([
      getConversation(services.store, c.var.account.id, conversationId, services.clock.now()),
      readShownText(services, c.var.account, message, { html: c.req.valid('query').html === '1' }),
    ]);
    const { text, html, truncated } = shown;
    return c.json(
      {
        ...messageReply(message, conversation?.seenUpTo),
        text,
        truncated,
        ...(html === undefined ? {} : { html }),
      },
      200,
    );
  });

  api.openapi(getRaw, async (c) => {
    const message = await messageOf(c, c.req.valid('param').id);
    const source = await openSource(c.var.context.services, c.var.account, message);
    return download(c, source, { type: 'message/rfc822', filename: 'message.eml' });
  });

  api.openapi(getPart, async (c) => {
    const { id, part } = c.req.valid('param');
    const message = await messageOf(c, id);
    const found = await openPart(c.var.context.services, c.var.account, message, part);
    return download(c, found.content, { type: found.type, filename: found.filename ?? `part-${part}` });
  });
};

/** Streams what a stranger wrote, as a file to save. Whoever stops reading ends the connection to the mailbox too. */
function download(c: Context, content: Readable, file: { type: string; filename: string }) {
  const headers = { 'content-type': file.type, 'content-disposition': attachment(file.filename) };
  if (c.req.method !== 'HEAD') return c.body(ReadableStream.from<Uint8Array>(content), 200, headers);
  // The reply to HEAD has no reader.
  content.destroy();
  return c.body(null, 200, headers);
}
