import { z } from '@hono/zod-openapi';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Message } from '../../../shared/store/items.ts';
import { OutgoingState } from './message.ts';

export const SendReply = z
  .object({
    id: z.string(),
    messageId: z.string(),
    conversation: z.string(),
    state: OutgoingState,
  })
  .openapi('SendReply');

/** What became of a message that is to be sent; that a try is under way this moment is nothing a client could use. */
export function sendReply(message: Message): z.infer<typeof SendReply> {
  const { messageId, conversationId, outgoing } = message;
  return {
    id: messageRef(message),
    messageId,
    conversation: conversationId,
    state: outgoing === undefined || outgoing === 'sending' ? 'queued' : outgoing,
  };
}
