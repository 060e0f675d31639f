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
 * Files that come without a word. Pictures, sounds and videos speak for themselves (COI client spec, "Backwards
 * Compatibility"); for others, ordinary mail programs get their names to show, which chat clients are told to ignore.
 */
export function wordlessParts(files: readonly AttachedFile[]): readonly MailPart[] {
  if (files.every(({ type }) => isShown(type))) return fileParts(files);
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
