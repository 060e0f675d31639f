import { createRoute, z } from '@hono/zod-openapi';
import { Fault, invalidField } from '../../../shared/core/faults.ts';
import { storeGroup } from '../../../shared/flows/contacts/store-group.ts';
import { changeConversation } from '../../../shared/flows/conversations/change-conversation.ts';
import { markSeen } from '../../../shared/flows/conversations/mark-seen.ts';
import { parseMessageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { getConversation, listConversations } from '../../../shared/store/conversation.ts';
import type { Conversation } from '../../../shared/store/items.ts';
import { listShownMessages } from '../../../shared/store/message.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../page.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import {
  ConversationChange,
  ConversationId,
  ConversationReply,
  conversationReply,
  mutedUntil,
} from '../schemas/conversation.ts';
import { MessageReply, messageReply } from '../schemas/message.ts';

const tags = ['Conversations'];
const params = z.object({ id: ConversationId });

const listAll = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/conversations',
  tags,
  summary: 'The conversations, newest activity first',
  request: {
    query: PageQuery.extend({
      since: z.iso
        .datetime({ offset: true })
        .optional()
        .openapi({
          description:
            'Only those updated after this moment: the newest `updatedAt` a client knows. `GET /v1/changes` does it better: ' +
            'it misses nothing where the clocks of those who write differ.',
        }),
    }),
  },
  responses: {
    200: jsonReply('One page.', pageOf(ConversationReply)),
    ...problems('invalid-request', 'not-signed-in'),
  },
});

const getOne = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/conversations/{id}',
  tags,
  summary: 'One conversation',
  request: { params },
  responses: {
    200: jsonReply('The conversation.', ConversationReply),
    ...problems('invalid-request', 'not-signed-in', 'not-found'),
  },
});

const change = createRoute({
  ...signedIn,
  method: 'patch',
  path: '/v1/conversations/{id}',
  tags,
  summary: 'Mute a conversation, or be told of mentions alone',
  description: 'Members that are not given stay as they are. A mention alerts in a muted conversation too.',
  request: { params, body: jsonBody(ConversationChange) },
  responses: {
    200: jsonReply('The conversation as it is now.', ConversationReply),
    ...problems('invalid-request', 'not-signed-in', 'not-found', 'conflict'),
  },
});

const seen = createRoute({
  ...signedIn,
  method: 'post',
  path: '/v1/conversations/{id}/seen',
  tags,
  summary: 'Mark a conversation as read up to a message',
  description: 'Sets `\\Seen` in the mailbox. Repeating it, or naming an older message, changes nothing.',
  request: {
    params,
    body: jsonBody(
      z.object({ upTo: z.string().max(128).openapi({ description: 'Id of a message in it.' }) }),
    ),
  },
  responses: {
    200: jsonReply('The conversation with what is left unread.', ConversationReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'not-found',
      'conflict',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

const messages = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/conversations/{id}/messages',
  tags,
  summary: 'The messages of a conversation, newest first',
  description: 'Without their text, which stays in the mailbox: `GET /v1/messages/{id}` reads it from there.',
  request: {
    params,
    query: PageQuery.extend({
      after: z
        .string()
        .max(128)
        .optional()
        .openapi({
          description:
            'Id of a message in it: only those that the mailbox got after it. An older one that changed, or that was ' +
            'found late, is not among them: the first page without `after` has it.',
        }),
    }),
  },
  responses: {
    200: jsonReply('One page.', pageOf(MessageReply)),
    ...problems('invalid-request', 'not-signed-in', 'not-found'),
  },
});

const conversationPosition = z.tuple([z.int(), z.string()]);
const messagePosition = z.tuple([z.string().regex(/^[0-9a-z]{9}#[A-Za-z0-9_-]{8}$/)]);

export const conversationRoutes: RouteGroup = (api) => {
  api.openapi(listAll, async (c) => {
    const { store, clock } = c.var.context.services;
    const { limit, cursor, since } = c.req.valid('query');
    const after =
      cursor === undefined ? undefined : decodeCursor('conversations', cursor, conversationPosition);
    const all = (await listConversations(store, c.var.account.id, clock.now()))
      // Where nothing was said yet there is nothing to show: somebody reacted to what is not here.
      .filter((conversation) => conversation.lastMessage !== undefined)
      .filter((conversation) => since === undefined || conversation.updatedAt > Date.parse(since))
      .sort(newestFirst)
      .filter((conversation) => after === undefined || comesAfter(conversation, after));
    const page = all.slice(0, limit);
    const last = page.at(-1);
    const nextCursor =
      last === undefined || all.length <= limit
        ? null
        : encodeCursor('conversations', [last.updatedAt, last.id]);
    return c.json({ items: page.map((item) => conversationReply(item, clock.now())), nextCursor }, 200);
  });

  api.openapi(getOne, async (c) => {
    const { services } = c.var.context;
    const { id } = c.req.valid('param');
    const conversation = await getConversation(services.store, c.var.account.id, id, services.clock.now());
    if (conversation === undefined) throw noConversation();
    return c.json(conversationReply(conversation, services.clock.now()), 200);
  });

  api.openapi(change, async (c) => {
    const { services } = c.var.context;
    const { muted, mentionOnly } = c.req.valid('json');
    const now = services.clock.now();
    const conversation = await changeConversation(
      services,
      c.var.account.id,
      c.req.valid('param').id,
      (stored) => ({
        ...stored,
        mutedUntil: muted === undefined ? stored.mutedUntil : mutedUntil(muted),
        mentionOnly: mentionOnly ?? stored.mentionOnly,
        updatedAt: Math.max(now, stored.updatedAt),
      }),
    );
    await storeGroup(services, c.var.account, conversation);
    return c.json(conversationReply(conversation, now), 200);
  });

  api.openapi(seen, async (c) => {
    const { services } = c.var.context;
    const { id } = c.req.valid('param');
    const upTo = keyIn(id, 'upTo', c.req.valid('json').upTo);
    const conversation = await markSeen(services, c.var.account, id, upTo, c.var.session.id);
    return c.json(conversationReply(conversation, services.clock.now()), 200);
  });

  api.openapi(messages, async (c) => {
    const { store, clock } = c.var.context.services;
    const { id } = c.req.valid('param');
    const { limit, cursor, after } = c.req.valid('query');
    const [before] = cursor === undefined ? [] : decodeCursor('messages', cursor, messagePosition);
    const conversation = await getConversation(store, c.var.account.id, id, clock.now());
    if (conversation === undefined) throw noConversation();
    const range = { before, after: after === undefined ? undefined : keyIn(id, 'after', after) };
    const page = await listShownMessages(store, c.var.account.id, id, { limit, ...range, now: clock.now() });
    const nextCursor = page.next === undefined ? null : encodeCursor('messages', [page.next]);
    const items = page.messages.map((message) => messageReply(message, conversation.seenUpTo));
    return c.json({ items, nextCursor }, 200);
  });
};

/** The key of a message of this conversation, by its id in a member of the request. */
function keyIn(conversationId: string, field: string, id: string): string {
  const ref = parseMessageRef(id);
  if (ref?.conversationId === conversationId) return ref.key;
  throw invalidField(field, 'is not the id of a message in this conversation');
}

function noConversation(): Fault {
  return new Fault('not-found', 'This account has no such conversation.');
}

/** Ids part those that were updated in the same millisecond, so that a page never loses one. */
function newestFirst(a: Conversation, b: Conversation): number {
  return b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1);
}

function comesAfter(conversation: Conversation, [updatedAt, id]: readonly [number, string]): boolean {
  return conversation.updatedAt < updatedAt || (conversation.updatedAt === updatedAt && conversation.id > id);
}
