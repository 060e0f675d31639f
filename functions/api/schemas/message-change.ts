import { z } from '@hono/zod-openapi';
import { messageKinds } from '../../../shared/coi/message-kind.ts';

/** Unknown members are refused: a wish that this version cannot fulfil is not dropped in silence. */
export const MessageChange = z
  .strictObject({
    conversation: z.string().max(64).optional().openapi({
      description:
        'Id of the conversation that it belongs to: an encrypted group, say. The message has another id then.',
    }),
    kind: z.enum(messageKinds).optional(),
    silent: z
      .boolean()
      .optional()
      .openapi({
        description:
          '`true`: it has no words for people, as receipts and what clients tell each other have none. It is not unread ' +
          'any more, not the last message of its conversation, and in no list.',
      }),
  })
  .openapi('MessageChange');
