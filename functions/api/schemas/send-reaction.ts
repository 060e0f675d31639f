import { z } from '@hono/zod-openapi';
import { emojiIn, isEmoji } from '../../../shared/coi/emoji.ts';
import { limits } from '../../../shared/core/limits.ts';
import { common, MessageId } from './send-common.ts';

export const Reaction = z
  .strictObject({
    kind: z.literal('reaction'),
    ...common,
    target: MessageId.openapi({ description: 'Id of any message of the conversation.' }),
    emoji: z
      .string()
      .max(limits.emojiPerReaction * (2 * limits.emojiCharacters + 1))
      .refine(areEmoji, `must be up to ${limits.emojiPerReaction} emoji, with blanks between them`)
      .openapi({
        description: 'All your reactions to it from now on, with blanks between them. Empty takes them back.',
        example: '👍',
      }),
  })
  .openapi('ReactionToSend');

function areEmoji(value: string): boolean {
  const all = emojiIn(value);
  return all.length <= limits.emojiPerReaction && all.every(isEmoji);
}
