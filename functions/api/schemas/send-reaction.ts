import { z } from '@hono/zod-openapi';
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

/** Emoji of newer Unicode versions than ours have none of their properties yet, but are pictographs by reservation. */
function areEmoji(value: string): boolean {
  const all = emojiOf(value);
  return all.length <= limits.emojiPerReaction && all.every(isEmoji);
}

function isEmoji(value: string): boolean {
  return (
    [...value].length <= limits.emojiCharacters &&
    /^[\p{Emoji}\p{Emoji_Component}\p{Extended_Pictographic}]+$/u.test(value) &&
    /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(value)
  );
}

export function emojiOf(value: string): string[] {
  return [...new Set(value.split(/\s+/).filter((each) => each !== ''))];
}
