import { z } from '@hono/zod-openapi';
import type { MessageFold } from '../../../shared/coi/kept-message.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Message, Outgoing } from '../../../shared/store/items.ts';
import { NamedAddress, namedAddress, Time, timeOf } from './common.ts';

export const OutgoingState = z
  .enum(['queued', 'sent', 'refused', 'partly-refused', 'unknown', 'bounced', 'read'])
  .openapi('OutgoingState', {
    description:
      '`queued`: will be sent; `sent`: the mail server took it; `refused`: it did not; `partly-refused`: not for all ' +
      'recipients; `unknown`: the connection broke before the server answered. Its copy is looked for in the mailbox, ' +
      'and found it is `sent`; it is never sent again but by `POST /v1/messages/{id}/resend`. ' +
      '`bounced`: it came back from at least one recipient; `read`: at least one recipient says so.',
  });

const MessageOutgoing = z
  .object({
    state: OutgoingState,
    refused: z
      .array(z.string())
      .optional()
      .openapi({ description: 'Whom the mail server refused for good.' }),
    waiting: z
      .array(z.string())
      .optional()
      .openapi({ description: 'To whom alone it is going to be sent again: they were put off.' }),
    bounced: z.array(z.string()).optional().openapi({ description: 'From whom it came back.' }),
    code: z.int().optional().openapi({
      description: 'The reply code with which the mail server refused last.',
      example: 550,
    }),
  })
  .openapi('MessageOutgoing');

export const MessageReply = z
  .object({
    id: z.string(),
    messageId: z.string().openapi({ description: 'The Message-ID field of the mail.' }),
    conversation: z.string(),
    from: NamedAddress,
    to: z.array(NamedAddress),
    at: Time.openapi({ description: 'When it was sent, as the sender says, and not after it was received.' }),
    receivedAt: Time,
    kind: z.string().openapi({
      description:
        '`text`, `image`, `audio`, `video`, `voice`, `file`, `sticker`, `location`, `poll`, `poll-vote`, `poll-close`, ' +
        '`contact`, `call`, `group-info`, `group-left`, `member-added`, `member-removed`... Show what you do not know ' +
        'as a text. `edit`: an edit of a message that is not here.',
    }),
    extension: z.string().optional().openapi({
      description: '`Chat-Content` as a client of its own wrote it.',
      example: 'com.example.game',
    }),
    inReplyTo: z.string().optional().openapi({ description: 'The Message-ID it answers.' }),
    editOf: z.string().optional().openapi({ description: 'The Message-ID it edits, which is not here.' }),
    editedAt: Time.optional().openapi({
      description: 'When its text was last changed. The text is the new one.',
    }),
    deletedAt: Time.optional().openapi({ description: 'Taken back by its sender: show that, not its text.' }),
    location: z.object({ latitude: z.number(), longitude: z.number() }).optional(),
    mention: z.boolean(),
    seen: z.boolean(),
    own: z.boolean().openapi({ description: 'Sent by this account.' }),
    encrypted: z.boolean(),
    silent: z.literal(true).optional().openapi({
      description: 'A client said that it has no words for people: it is in no list.',
    }),
    size: z.int().openapi({ description: 'Bytes of the whole mail.' }),
    attachments: z.array(
      z.object({
        part: z.string().openapi({ description: 'For `GET /v1/messages/{id}/parts/{part}`.' }),
        type: z.string(),
        filename: z.string().optional(),
        size: z.int().openapi({ description: 'Bytes as transferred, before decoding.' }),
        preview: z
          .string()
          .optional()
          .openapi({ description: 'Number of the part that is a small stand-in for this one.' }),
      }),
    ),
    reactions: z.array(z.object({ by: z.string(), emoji: z.string() })),
    receipts: z.array(z.object({ by: z.string(), at: Time })),
    outgoing: MessageOutgoing.optional(),
  })
  .openapi('Message');

export const MessageWithText = MessageReply.extend({
  text: z.string().openapi({ description: 'The text as plain text, read from the mailbox now.' }),
  html: z
    .string()
    .optional()
    .openapi({ description: 'Only with `html=1`: sanitised, without anything from elsewhere.' }),
  truncated: z.boolean().openapi({ description: 'Whether the text was too long to be shown whole.' }),
}).openapi('MessageWithText');

/** @param seenUpTo the key up to which its conversation is read */
export function messageReply(message: Message, seenUpTo: string | undefined): z.infer<typeof MessageReply> {
  const { inReplyTo, outgoing, fold, location, extension } = message;
  const seen = message.own || message.seen || (seenUpTo !== undefined && message.key <= seenUpTo);
  return {
    id: messageRef(message),
    messageId: message.messageId,
    conversation: message.conversationId,
    from: namedAddress(message.from),
    to: message.to.map(namedAddress),
    // Senders set any date they like, and Delta Chat randomises it; one after the receipt is wrong for sure.
    at: timeOf(Math.min(message.date ?? message.receivedAt, message.receivedAt)),
    receivedAt: timeOf(message.receivedAt),
    kind: message.kind,
    ...(extension === undefined ? {} : { extension }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...editOf(message),
    ...(fold.edited === undefined ? {} : { editedAt: timeOf(fold.edited.at) }),
    ...(fold.deletedAt === undefined ? {} : { deletedAt: timeOf(fold.deletedAt) }),
    ...(location === undefined ? {} : { location }),
    mention: message.mention,
    seen,
    own: message.own,
    encrypted: message.encrypted,
    ...(message.silent ? { silent: true } : {}),
    size: message.size,
    attachments: message.attachments.map(({ part, type, filename, size, preview }) => ({
      part,
      type,
      size,
      ...(filename === undefined ? {} : { filename }),
      ...(preview === undefined ? {} : { preview }),
    })),
    reactions: [...fold.reactions],
    receipts: fold.receipts.map(({ by, at }) => ({ by, at: timeOf(at) })),
    ...(outgoing === undefined ? {} : { outgoing: outgoingReply(outgoing, message) }),
  };
}

function editOf({ event, fold }: Message): { editOf?: string } {
  const [target] = event?.kind === 'edit' && !fold.hidden ? event.targets : [];
  return target === undefined ? {} : { editOf: target };
}

function outgoingReply(outgoing: Outgoing, { fold, undelivered }: Message): z.infer<typeof MessageOutgoing> {
  const { refused = [], waiting = [], code } = undelivered ?? {};
  return {
    state: outgoingState(outgoing, fold),
    ...(refused.length === 0 ? {} : { refused: [...refused] }),
    ...(waiting.length === 0 ? {} : { waiting: [...waiting] }),
    ...(fold.bounces.length === 0 ? {} : { bounced: fold.bounces.map(({ recipient }) => recipient) }),
    ...(code === undefined ? {} : { code }),
  };
}

/** What came back weighs more than what was read: somebody is still without the message. */
function outgoingState(outgoing: Outgoing, fold: MessageFold): z.infer<typeof OutgoingState> {
  if (outgoing !== 'sent' && outgoing !== 'partly-refused' && outgoing !== 'unknown') {
    // Whether a try is under way this moment is nothing a client could use.
    return outgoing === 'sending' ? 'queued' : outgoing;
  }
  if (fold.bounces.length > 0) return 'bounced';
  return fold.receipts.length > 0 && outgoing !== 'partly-refused' ? 'read' : outgoing;
}
