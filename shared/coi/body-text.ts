import { mediaTypeOf, parameterOf } from './content-type.ts';
import { decodeCharset } from './decode-charset.ts';
import { unflow } from './flowed-text.ts';
import { isForOthers } from './part-content.ts';
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

function isShown(part: SmallPart, type: string): boolean {
  return (
    mediaTypeOf(part.header.first('content-type')) === type &&
    !isForOthers(part) &&
    !/^\s*attachment\b/i.test(part.header.first('content-disposition') ?? '')
  );
}
