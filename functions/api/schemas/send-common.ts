import { z } from '@hono/zod-openapi';
import { limits } from '../../../shared/core/limits.ts';
import { MailAddress, shortText } from '../validation.ts';
import { Attachments } from './attachment-to-send.ts';
import { ConversationId } from './conversation.ts';

/** The id of a message, as far as its form goes. */
export const MessageId = z.string().min(1).max(128);

export const Members = z.array(MailAddress).min(1).max(limits.recipients);

export const GroupName = shortText(limits.groupNameBytes)
  .refine((name) => name.trim() !== '', 'must not be empty')
  .openapi({ example: 'My Crew' });

export const Description = text(limits.groupDescriptionCharacters);

const NewGroup = z
  .strictObject({
    name: GroupName,
    participants: Members.openapi({ description: 'Everybody else who is in it.' }),
    description: Description.optional(),
  })
  .openapi('NewGroup');

/** What every kind of message has. Unknown members are refused: a wish that cannot be fulfilled is not dropped in silence. */
export const common = {
  conversation: ConversationId.optional().openapi({ description: 'An existing conversation.' }),
  to: Members.optional().openapi({ description: 'Addresses, where there need be no conversation yet.' }),
  group: NewGroup.optional().openapi({ description: 'A new group, which this message founds.' }),
  attachments: Attachments,
  requestReceipt: z
    .boolean()
    .default(false)
    .openapi({ description: 'Ask the recipients for read receipts.' }),
};

/** Any text; NUL has no place in a mail. */
export function text(maxCharacters: number) {
  return z
    .string()
    .max(maxCharacters)
    .refine((value) => !value.includes('\0'), 'must not hold NUL');
}

export function words(maxCharacters: number) {
  return text(maxCharacters)
    .refine((value) => value.trim() !== '', 'must not be empty')
    .openapi({ minLength: 1 });
}
