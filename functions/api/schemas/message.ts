import { z } from '@hono/zod-openapi';
import { messageRef } from '../../../shared/flows/message-ref.ts';
import type { Message } from '../../../shared/store/items.ts';
import { NamedAddress, namedAddress, Time, timeOf } from './common.ts';

const OutgoingState = z
  .enum(['queued', 'sent', 'refused', 'partly-refused', 'unknown'])
  .openapi('OutgoingState', {
    description:
      '`queued`: will be sent; `sent`: the mail server took it; `refused`: it did not; `partly-refused`: not for all ' +
      'recipients; `unknown`: the connection broke before the server answered, so look before sending it again.',
  });

export const MessageReply = z
  .object({
    id: z.string(),
    messageId: z.string().openapi({ description: 'The Message-ID field of the mail.' }),
    conversation: z.string(),
    from: NamedAddress,
    to: z.array(NamedAddress),
    at: Time.openapi({ description: 'When it was sent, as the sender says, and not after it was received.' }),
    receivedAt: Time,
    kind: z.string(),
    inReplyTo: z.string().optional(),
    mention: z.boolean(),
    seen: z.boolean(),
    own: z.boolean().openapi({ description: 'Sent by this account.' }),
    encrypted: z.boolean(),
    size: z.int().openapi({ description: 'Bytes of the whole mail.' }),
    attachments: z.array(
      z.object({
        part: z.string().openapi({ description: 'For `GET /v1/messages/{id}/parts/{part}`.' }),
        type: z.string(),
        filename: z.string().optional(),
        size: z.int().openapi({ description: 'Bytes as transferred, before decoding.' }),
      }),
    ),
    reactions: z.array(z.object({ by: z.string(), emoji: z.string() })),
    receipts: z.array(z.object({ by: z.string(), at: Time })),
    outgoing: z.object({ state: OutgoingState }).optional(),
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
  const { inReplyTo, outgoing } = message;
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
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    mention: message.mention,
    seen,
    own: message.own,
    encrypted: message.encrypted,
    size: message.size,
    attachments: message.attachments.map(({ part, type, filename, size }) => ({
      part,
      type,
      size,
      ...(filename === undefined ? {} : { filename }),
    })),
    reactions: [],
    receipts: [],
    // Whether a try is under way this moment is nothing a client could use.
    ...(outgoing === undefined ? {} : { outgoing: { state: outgoing === 'sending' ? 'queued' : outgoing } }),
  };
}

export { OutgoingState };
