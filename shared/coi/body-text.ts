import { chatContentOf } from './chat-content.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import { decodeCharset } from './decode-text.ts';
import { unflow } from './flowed-text.ts';
import { type SmallPart, transferred } from './small-body.ts';

/** The text of the first part of this type that a chat user is to see; undefined when there is none. */
export function textOf(parts: readonly SmallPart[], type: 'text/plain' | 'text/html'): string | undefined {
  const part = parts.find((candidate) => isShown(candidate, type));
  if (part === undefined) return undefined;
  const contentType = part.header.first('content-type');
  const text = decodeCharset(transferred(part), parameterOf(contentType, 'charset') ?? 'utf-8');
  if (parameterOf(contentType, 'format')?.toLowerCase() !== 'flowed') return text;
  return unflow(text, { delSp: parameterOf(contentType, 'delsp')?.toLowerCase() === 'yes' });
}

/** COI marks what is for ordinary mail programs alone with `Chat-Content: ignore` (COI client spec, "Message Parts"). */
function isShown({ header }: SmallPart, type: string): boolean {
  return (
    mediaTypeOf(header.first('content-type')) === type &&
    chatContentOf(header.first('chat-content')) !== 'ignore' &&
    !/^\s*attachment\b/i.test(header.first('content-disposition') ?? '')
  );
}
