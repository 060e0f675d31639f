import { describe, expect, it } from 'vitest';
import { Reaction } from '../../../functions/api/schemas/send-reaction.ts';
import { emojiIn } from '../../../shared/coi/emoji.ts';

const isTaken = (emoji: string) =>
  Reaction.safeParse({ kind: 'reaction', conversation: 'c', target: 't', emoji }).success;

describe('a reaction', () => {
  it.each(['👍', '❤️', '❤', '👍🏽', '👨‍👩‍👧‍👦', '🏳️‍🌈', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '☺️', '🫩', '👍 🎉', ' 👍  🎉 ', ''])(
    'is "%s"',
    (emoji) => {
      expect(isTaken(emoji)).toBe(true);
    },
  );

  it.each(['a', '1', '#', ':-)', '👍a', 'a👍', '<👍>', '👍\u0007', '👍🎉'.repeat(11), '\u200d', '\ufe0f'])(
    'is not %j',
    (emoji) => {
      expect(isTaken(emoji)).toBe(false);
    },
  );

  it('is each of its emoji once', () => {
    expect(emojiIn(' 👍  🎉 👍\n')).toEqual(['👍', '🎉']);
    expect(emojiIn('')).toEqual([]);
  });
});
