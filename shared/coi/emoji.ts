import { limits } from '../core/limits.ts';

/**
 * Whether a word is one emoji. Joined and coloured ones have many code points; a digit is one only with its keycap. Emoji
 * of newer Unicode versions than ours have none of their properties yet, but are pictographs by reservation.
 */
export function isEmoji(word: string): boolean {
  return (
    [...word].length <= limits.emojiCharacters &&
    /^[\p{Extended_Pictographic}\p{Emoji}\p{Emoji_Component}]+$/u.test(word) &&
    /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(word)
  );
}

/** The words of a text, each once: of a reaction, its emoji. */
export function emojiIn(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter((word) => word !== ''))];
}
