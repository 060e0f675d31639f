import { limits } from '../core/limits.ts';
import { memberOf } from '../core/outside-data.ts';
import { textOf } from './body-text.ts';
import { mediaTypeOf } from './content-type.ts';
import { decodeCharset } from './decode-charset.ts';
import { emojiIn, isEmoji } from './emoji.ts';
import type { Header } from './header.ts';
import { ownWordsOf } from './preview.ts';
import { type SmallPart, transferred } from './small-body.ts';

/**
 * The emoji a mail reacts with; undefined for one that is no reaction. RFC 9078 sections 3 and 4: a text part whose
 * disposition is `reaction`, of emoji and nothing else, in a mail that answers another. None at all takes earlier ones back
 * (Delta Chat, after XEP-0444). What says more than emoji, in the part or beside it, is a message: nobody's words are lost.
 *
 * @param parts those of the body that are at hand
 */
export function readReaction(header: Header, parts: readonly SmallPart[]): readonly string[] | undefined {
  if (header.first('in-reply-to') === undefined) return undefined;
  const reaction = parts.find((part) => isMarked(part.header) || isGmails(part.header));
  if (reaction === undefined || saysMore(reaction, parts)) return undefined;
  const bytes = transferred(reaction);
  const text = isGmails(reaction.header) ? emojiInJson(bytes) : ownWordsOf(decodeCharset(bytes, 'utf-8'));
  const words = text === undefined ? undefined : emojiIn(text);
  return words?.every(isEmoji) ? words.slice(0, limits.emojiPerReaction) : undefined;
}

function isMarked(header: Header): boolean {
  return (
    /^\s*reaction\b/i.test(header.first('content-disposition') ?? '') &&
    mediaTypeOf(header.first('content-type')) === 'text/plain'
  );
}

/** Gmail's own form, beside a sentence in plain text and html (developers.google.com/gmail/reactions/format, 2025). */
function isGmails(header: Header): boolean {
  return (
    mediaTypeOf(header.first('content-type')) === 'text/vnd.google.email-reaction+json' &&
    !/^\s*attachment\b/i.test(header.first('content-disposition') ?? '')
  );
}

/** What stands beside it as an alternative says the same for programs that know no reactions. */
function saysMore(reaction: SmallPart, parts: readonly SmallPart[]): boolean {
  const others = parts.filter((part) => part !== reaction && !part.around.some(isAlternative));
  return (['text/plain', 'text/html'] as const).some((type) => (textOf(others, type) ?? '').trim() !== '');
}

function isAlternative(header: Header): boolean {
  return mediaTypeOf(header.first('content-type')) === 'multipart/alternative';
}

function emojiInJson(bytes: Buffer): string | undefined {
  try {
    const emoji = memberOf(JSON.parse(bytes.toString('utf8')), 'emoji');
    return typeof emoji === 'string' && emoji !== '' ? emoji : undefined;
  } catch {
    return undefined;
  }
}
