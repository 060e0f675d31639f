import { type ChatContent, chatContentOf } from './chat-content.ts';
import type { SmallPart } from './small-body.ts';

/**
 * What `Chat-Content` says of a part: its own field, or that of the parts it lies in, the nearest first. What the mail's own
 * header says is about the mail.
 */
export function contentOfPart(part: SmallPart | undefined): ChatContent {
  for (const header of part === undefined ? [] : [part.header, ...part.around.slice(1).reverse()]) {
    const content = chatContentOf(header.first('chat-content'));
    if (content !== 'none') return content;
  }
  return 'none';
}

/** COI marks what is for ordinary mail programs alone with `Chat-Content: ignore` (COI client spec, "Text Messages"). */
export function isForOthers(part: SmallPart): boolean {
  return contentOfPart(part) === 'ignore';
}
