import { createRoute, z } from '@hono/zod-openapi';
import { blockContact, unblockContact } from '../../../shared/flows/contacts/block-contact.ts';
import { putContact } from '../../../shared/flows/contacts/change-contact.ts';
import { deleteContact, getContact, listContacts } from '../../../shared/flows/contacts/contacts.ts';
import { signedIn } from '../auth.ts';
import type { RouteGroup } from '../context.ts';
import { decodeCursor, encodeCursor, PageQuery, pageOf } from '../page.ts';
import { problems } from '../problem.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import {
  BlockedContactReply,
  ChangedContactReply,
  ContactHash,
  ContactReply,
  ContactRequest,
  changedReply,
  contactChange,
  contactReply,
  hashOf,
} from '../schemas/contact.ts';

const tags = ['Contacts'];
const params = z.object({ hash: ContactHash });
/** What any call that looks into the mailbox may meet. */
const mailboxProblems = [
  'invalid-request',
  'not-signed-in',
  'login-refused',
  'mail-host-forbidden',
  'mail-host-unreachable',
] as const;

const listAll = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/contacts',
  tags,
  summary: 'The contacts, in the order of their hashes',
  description: 'Read from the mailbox. Several mails about the same contact are put together.',
  request: { query: PageQuery },
  responses: {
    200: jsonReply('One page.', pageOf(ContactReply)),
    ...problems(...mailboxProblems, 'not-found'),
  },
});

const getOne = createRoute({
  ...signedIn,
  method: 'get',
  path: '/v1/contacts/{hash}',
  tags,
  summary: 'One contact',
  request: { params },
  responses: { 200: jsonReply('The contact.', ContactReply), ...problems(...mailboxProblems, 'not-found') },
});

const putOne = createRoute({
  ...signedIn,
  method: 'put',
  path: '/v1/contacts/{hash}',
  tags,
  summary: 'Store a contact in the mailbox',
  description:
    'The hash is that of one of the addresses. What other clients keep in a contact, and its picture unless one is ' +
    'given, stay. Repeating it changes nothing.',
  request: { params, body: jsonBody(ContactRequest) },
  responses: {
    200: jsonReply('The contact, changed.', ChangedContactReply),
    201: jsonReply('The new contact.', ChangedContactReply),
    ...problems(...mailboxProblems, 'not-found', 'conflict', 'limit-reached'),
  },
});

const deleteOne = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/contacts/{hash}',
  tags,
  summary: 'Remove a contact from the mailbox',
  description: 'A mail server without UIDPLUS keeps it, marked as deleted, until the folder is emptied.',
  request: { params },
  responses: { 204: { description: 'It is gone.' }, ...problems(...mailboxProblems, 'not-found') },
});

const block = createRoute({
  ...signedIn,
  method: 'put',
  path: '/v1/contacts/{hash}/block',
  tags,
  summary: 'Block a contact, or somebody in a conversation',
  description:
    'No device is told of their messages any more. An encrypted contact stays as it is but for this. Somebody who is no ' +
    'contact, but writes in a conversation, becomes one.',
  request: {
    params,
    query: z.object({
      moveMail: z.enum(['0', '1']).default('0').openapi({
        description: '`1`: also move what they sent from INBOX and the chats to the folder `Blocked`.',
      }),
    }),
  },
  responses: {
    200: jsonReply('The blocked contact.', BlockedContactReply),
    ...problems(...mailboxProblems, 'not-found', 'conflict', 'limit-reached'),
  },
});

const unblock = createRoute({
  ...signedIn,
  method: 'delete',
  path: '/v1/contacts/{hash}/block',
  tags,
  summary: 'Unblock a contact',
  request: { params },
  responses: {
    200: jsonReply('The contact.', ChangedContactReply),
    ...problems(...mailboxProblems, 'not-found', 'conflict', 'limit-reached'),
  },
});

export const contactRoutes: RouteGroup = (api) => {
  api.openapi(listAll, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const [after] = cursor === undefined ? [] : decodeCursor('contacts', cursor, z.tuple([z.string()]));
    const { services } = c.var.context;
    const { contacts, hasMore } = await listContacts(services, c.var.account, { after, limit });
    const last = contacts.at(-1);
    const nextCursor = last === undefined || !hasMore ? null : encodeCursor('contacts', [last.hash]);
    return c.json(
      { items: contacts.map((each) => contactReply(each, { withPhoto: false })), nextCursor },
      200,
    );
  });

  api.openapi(getOne, async (c) => {
    const hash = hashOf(c.req.valid('param').hash);
    const contact = await getContact(c.var.context.services, c.var.account, hash);
    return c.json(contactReply(contact, { withPhoto: true }), 200);
  });

  api.openapi(putOne, async (c) => {
    const hash = hashOf(c.req.valid('param').hash);
    const change = contactChange(c.req.valid('json'));
    const changed = await putContact(c.var.context.services, c.var.account, hash, change);
    return c.json(changedReply(changed), changed.isNew ? 201 : 200);
  });

  api.openapi(deleteOne, async (c) => {
    await deleteContact(c.var.context.services, c.var.account, hashOf(c.req.valid('param').hash));
    return c.body(null, 204);
  });

  api.openapi(block, async (c) => {
    const hash = hashOf(c.req.valid('param').hash);
    const moveMail = c.req.valid('query').moveMail === '1';
    const blocked = await blockContact(c.var.context.services, c.var.account, hash, { moveMail });
    return c.json({ ...changedReply(blocked), moved: blocked.moved }, 200);
  });

  api.openapi(unblock, async (c) => {
    const hash = hashOf(c.req.valid('param').hash);
    return c.json(changedReply(await unblockContact(c.var.context.services, c.var.account, hash)), 200);
  });
};
