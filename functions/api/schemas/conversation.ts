import { z } from '@hono/zod-openapi';
import { messageRef } from '../../../shared/flows/message-ref.ts';
import type { Conversation } from '../../../shared/store/items.ts';
import { NamedAddress, namedAddress, Time, timeOf } from './common.ts';

export const ConversationReply = z
  .object({
    id: z.string(),
    kind: z.enum(['direct', 'group', 'list']),
    title: z.string(),
    participants: z.array(NamedAddress).openapi({ description: 'Everybody but this account.' }),
    groupId: z.string().optional().openapi({ description: "The group's id as its members write it." }),
    unread: z.int().min(0),
    muted: z.union([z.boolean(), Time]).openapi({ description: 'Whether it is muted, or until when.' }),
    mentionOnly: z.boolean(),
    lastMessage: z
      .object({
        id: z.string(),
        from: z.string().openapi({ description: 'Address of the sender.' }),
        at: Time,
        kind: z.string(),
        preview: z.string().optional(),
      })
      .nullable(),
    updatedAt: Time,
  })
  .openapi('Conversation');

/** From here on a mute counts as one for ever: no clock in use writes the year 9999. */
const foreverAt = Date.UTC(9999, 0, 1);

export function conversationReply(
  conversation: Conversation,
  now: number,
): z.infer<typeof ConversationReply> {
  const { lastMessage, groupId } = conversation;
  return {
    id: conversation.id,
    kind: conversation.kind,
    title: conversation.title,
    participants: conversation.participants.map(namedAddress),
    ...(groupId === undefined ? {} : { groupId }),
    unread: conversation.unread,
    muted: mutedReply(conversation.mutedUntil, now),
    mentionOnly: conversation.mentionOnly,
    lastMessage: lastMessage
      ? {
          id: messageRef({ conversationId: conversation.id, key: lastMessage.key }),
          from: lastMessage.from,
          at: timeOf(lastMessage.at),
          kind: lastMessage.kind,
          ...(lastMessage.preview === undefined ? {} : { preview: lastMessage.preview }),
        }
      : null,
    updatedAt: timeOf(conversation.updatedAt),
  };
}

function mutedReply(mutedUntil: number | undefined, now: number): boolean | string {
  if (mutedUntil === undefined || mutedUntil <= now) return false;
  return mutedUntil >= foreverAt ? true : timeOf(mutedUntil);
}
