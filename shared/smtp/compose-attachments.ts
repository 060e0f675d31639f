import type { AttachedFile } from '../coi/message-content.ts';
import { type MailPart, textPart } from './compose-part.ts';

/**
 * Files as parts. Pictures, sounds and videos are part of what is said and shown in it (COI client spec, "Binary
 * Messages"), SVG excepted, which may hold scripts.
 */
export function fileParts(files: readonly AttachedFile[]): readonly MailPart[] {
  return files.map(({ type, content, filename }) => ({
    type,
    content,
    filename,
    fields: {
      'Content-Disposition': `${isShown(type) ? 'inline' : 'attachment'}; size=${content.length}`,
    },
  }));
}

/**
 * Files that come without a word: a mail without any text is an empty one to some mail programs (coi-dev/ox-coi#594). These
 * get the names to show, which chat clients are told to ignore.
 */
export function wordlessParts(files: readonly AttachedFile[]): readonly MailPart[] {
  const names = files.map(({ filename }) => filename).join('\n');
  return [textPart('plain', names, { 'Chat-Content': 'ignore' }), ...fileParts(files)];
}

/** Delta Chat's fields: they tell of the mail's only recording or video. */
export function mediaFields(files: readonly AttachedFile[]): Readonly<Record<string, string>> {
  const [file, ...more] = files.filter(({ type }) => /^(?:audio|video)\//i.test(type));
  if (file === undefined || more.length > 0) return {};
  const { voice, durationMs } = file;
  return {
    ...(voice ? { 'Chat-Voice-Message': '1' } : {}),
    ...(durationMs === undefined ? {} : { 'Chat-Duration': String(durationMs) }),
  };
}

function isShown(type: string): boolean {
  return /^(?:image|audio|video)\//i.test(type) && !/^image\/svg/i.test(type);
}
