import { createRoute } from '@hono/zod-openapi';
import { emojiIn } from '../../../shared/coi/emoji.ts';
import type { MessageContent } from '../../../shared/coi/message-content.ts';
import type { Address } from '../../../shared/coi/received-mail.ts';
import { Fault, invalidField } from '../../../shared/core/faults.ts';
import type { Destination } from '../../../shared/flows/send/message-home.ts';
import { resendMessage } from '../../../shared/flows/send/resend-message.ts';
import { sendMessage } from '../../../shared/flows/send/send-message.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import type { ApiContext, RouteGroup } from '../context.ts';
import { IdempotencyHeaders, signedInOnce } from '../idempotency.ts';
import { limitedPerAccount } from '../limit-calls.ts';
import { messageOf, messageParams } from '../message-of.ts';
import { problems } from '../problem.ts';
import { attachedFiles } from '../schemas/attachment-to-send.ts';
import { jsonBody, jsonReply } from '../schemas/common.ts';
import { SendRequest } from '../schemas/message-to-send.ts';
import { SendReply, sendReply } from '../schemas/sending.ts';

/** Where messages with attachments are sent to, which make larger bodies than other calls have. */
export const sendPath = '/v1/messages';

const send = createRoute({
  ...signedInOnce,
  middleware: [signedInOnce.middleware, limitedPerAccount('sending', 'sending-day')] as const,
  method: 'post',
  path: sendPath,
  tags: ['Sending'],
  summary: 'Send a message',
  description:
    'Words, what changes earlier words, reactions, places, polls, contacts, and changes of a group. It goes out as a mail ' +
    'that COI clients and Delta Chat take for what it is, and that anybody can read in any mail program. It is handed to ' +
    'the mail server at once. What cannot be sent now stays queued and is tried again for two days, for those recipients ' +
    'alone who have not got it; `GET /v1/messages/{id}` tells how it went. With an `Idempotency-Key`, repeating the call ' +
    'never sends twice.',
  request: { headers: IdempotencyHeaders, body: jsonBody(SendRequest) },
  responses: {
    202: jsonReply('The message is recorded, and sent or going to be.', SendReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'not-found',
      'too-many-requests',
      'conflict',
      'send-refused',
    ),
  },
});

const resend = createRoute({
  ...signedInOnce,
  middleware: [signedInOnce.middleware, limitedPerAccount('sending', 'sending-day')] as const,
  method: 'post',
  path: '/v1/messages/{id}/resend',
  tags: ['Sending'],
  summary: 'Send a message again of which it is not known whether it was sent',
  description:
    'For the state `unknown`, within two days. The mailbox is searched once more, and what is found there is `sent`, and ' +
    'not sent again. Otherwise the same mail goes out under the same `Message-ID`: should the first one have arrived after ' +
    'all, most mail programs show it once. A message that is still to be sent, or was sent, is left as it is. Posting the ' +
    'words anew, with a new `Idempotency-Key`, makes another message of them.',
  request: { headers: IdempotencyHeaders, params: messageParams },
  responses: {
    202: jsonReply('What became of it.', SendReply),
    ...problems(
      'invalid-request',
      'not-signed-in',
      'not-found',
      'too-many-requests',
      'conflict',
      'send-refused',
      'login-refused',
      'mail-host-forbidden',
      'mail-host-unreachable',
    ),
  },
});

export const sendingRoutes: RouteGroup = (api) => {
  api.openapi(resend, async (c) => {
    const { services } = c.var.context;
    const message = await resendMessage(services, c.var.account, await messageOf(c, c.req.valid('param').id));
    return c.json(sendReply(message), 202);
  });

  api.openapi(send, async (c) => {
    const { services } = c.var.context;
    const { account } = c.var;
    const request = c.req.valid('json');
    const message = await sendMessage(services, account, {
      to: await destinationOf(services, account.id, request),
      content: contentOf(request),
      about: aboutOf(request),
      files: attachedFiles(request.attachments),
      requestReceipt: request.requestReceipt,
      seed: c.var.seed,
    });
    return c.json(sendReply(message), 202);
  });
};

async function destinationOf(
  services: ApiContext['services'],
  accountId: string,
  { conversation: id, to, group }: SendRequest,
): Promise<Destination> {
  if (to !== undefined) return { addresses: named(to) };
  if (group !== undefined) {
    const { name, participants, description } = group;
    return { newGroup: { name: name.trim(), participants: named(participants), description } };
  }
  if (id === undefined) throw invalidField('to', 'is needed');
  const conversation = await getConversation(services.store, accountId, id, services.clock.now());
  if (conversation === undefined) throw new Fault('not-found', 'This account has no such conversation.');
  return { conversation };
}

function contentOf(request: SendRequest): MessageContent {
  switch (request.kind) {
    case 'text': {
      const { kind, text, markdown, pinned } = request;
      const until = pinned?.until === undefined ? undefined : Date.parse(pinned.until);
      return { kind, text: text.trim() === '' ? '' : text, markdown, pinned: pinned && { until } };
    }
    case 'edit':
    case 'poll-close':
    case 'group-leave':
      return { kind: request.kind, text: request.text };
    case 'delete':
      return { kind: request.kind };
    case 'reaction':
      return { kind: request.kind, emoji: emojiIn(request.emoji) };
    case 'location': {
      const { kind, latitude, longitude, text } = request;
      return { kind, latitude, longitude, text };
    }
    case 'poll': {
      const { kind, question, options, multiple } = request;
      return { kind, question, options, multiple };
    }
    case 'poll-vote':
      return { kind: request.kind, options: request.options };
    case 'contact': {
      const { kind, name, nickname, addresses } = request;
      return { kind, name, nickname, addresses };
    }
    case 'group-update': {
      const { kind, name, description, add = [], remove = [] } = request;
      return {
        kind,
        name: name?.trim(),
        description,
        add: add.map((address) => address.toLowerCase()),
        remove: remove.map((address) => address.toLowerCase()),
      };
    }
  }
}

/** The message that a request is about. */
function aboutOf(request: SendRequest): string | undefined {
  if (request.kind === 'text') return request.replyTo;
  return 'target' in request ? request.target : undefined;
}

function named(addresses: readonly string[]): readonly Address[] {
  return [...new Set(addresses.map((address) => address.toLowerCase()))].map((address) => ({
    address,
    name: undefined,
  }));
}
