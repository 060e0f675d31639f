import { z } from '@hono/zod-openapi';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Conversation } from '../../../shared/store/items.ts';
import { NamedAddress, namedAddress, Time, timeOf } from './common.ts';

/** What a conversation id can look like; anything else is no conversation of anybody. */
export const ConversationId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not a conversation id');

export const ConversationReply = z
  .object({
    id: z.string(),
    kind: z.enum(['direct', 'group', 'list']),
    title: z.string(),
    participants: z.array(NamedAddress).openapi({ description: 'Everybody but this account.' }),
    groupId: z.string().optional().openapi({ description: "The group's id as its members write it." }),
    unread: z.int().min(0),
    muted: z.union([z.boolean(), Time]).openapi({ description: 'Whether it is muted, or until when.' }),
    mentionOnly: z.boolean().openapi({ description: 'Whether nothing but mentions alerts.' }),
    pinnedMessageId: z.string().optional().openapi({ description: 'Shown above the messages for now.' }),
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

/** Unknown members are refused: a wish that this version cannot fulfil is not dropped in silence. */
export const ConversationChange = z
  .strictObject({
    muted: z
      .union([z.boolean(), z.iso.datetime({ offset: true })])
      .optional()
      .openapi({ description: 'For ever, or until a time.' }),
    mentionOnly: z.boolean().optional(),
  })
  .openapi('ConversationChange');

export function mutedUntil(muted: boolean | string): number | undefined {
  if (typeof muted === 'string') return Date.parse(muted);
  return muted ? foreverAt : undefined;
}

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
    ...pinnedReply(conversation, now),
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

function pinnedReply({ id, pinned }: Conversation, now: number): { pinnedMessageId?: string } {
  if (pinned === undefined || (pinned.until !== undefined && pinned.until <= now)) return {};
  return { pinnedMessageId: messageRef({ conversationId: id, key: pinned.key }) };
}

function mutedReply(mutedUntil: number | undefined, now: number): boolean | string {
  if (mutedUntil === undefined || mutedUntil <= now) return false;
  return mutedUntil >= foreverAt ? true : timeOf(mutedUntil);
}
