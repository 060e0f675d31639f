import { limits } from '../core/limits.ts';
import { textOf } from './body-text.ts';
import { chatContentOf } from './chat-content.ts';
import { decodeCharset } from './decode-text.ts';
import type { Header } from './header.ts';
import type { MailClass } from './mail-record.ts';
import type { MessageEvent } from './message-event.ts';
import { parseMessageIds } from './message-id.ts';
import { readReport } from './read-report.ts';
import type { ReceivedMail } from './received-mail.ts';
import { type SmallPart, transferred } from './small-body.ts';

/**
 * What a mail does to other messages, undefined for one that does nothing. One that names no message to do it to does
 * nothing either: an edit of nothing is a message.
 *
 * @param parts those of the body that are at hand
 */
export function readEvent(
  mail: ReceivedMail,
  mailClass: MailClass,
  parts: readonly SmallPart[],
): MessageEvent | undefined {
  const event = eventIn(mail, mailClass, parts);
  return event === undefined || event.targets.length === 0 ? undefined : event;
}

function eventIn(
  mail: ReceivedMail,
  mailClass: MailClass,
  parts: readonly SmallPart[],
): MessageEvent | undefined {
  if (mailClass === 'mdn' || mailClass === 'dsn') return readReport(mail, mailClass, parts);
  // A mail of another kind than the account's own or a chat's is never asked: its fields may be left over from an answer.
  if (!mayDo.has(mailClass)) return undefined;
  const { header } = mail;
  const field = (name: string) => header.first(name) ?? parts[0]?.header.first(name);
  const content = chatContentOf(header.first('chat-content'));
  const deltaDelete = field('chat-delete');
  if (deltaDelete !== undefined) return { kind: 'delete', targets: idsIn(deltaDelete) };
  const deltaEdit = field('chat-edit');
  if (deltaEdit !== undefined) return { kind: 'edit', targets: idsIn(deltaEdit) };
  const answered = idsIn(header.first('in-reply-to')).slice(0, 1);
  if (content === 'delete') return { kind: 'delete', targets: answered };
  if (content === 'edit') return { kind: isEmptied(parts, mail) ? 'delete' : 'edit', targets: answered };
  if (content === 'pin' || content === 'unpin') return { kind: content, targets: answered };
  const reaction = reactionPart(header, parts);
  return reaction && { kind: 'reaction', targets: answered, emoji: emojiIn(reaction) };
}

const mayDo: ReadonlySet<MailClass> = new Set(['own', 'edit', 'delete', 'reaction', 'event', 'chat']);

function idsIn(value: string | undefined): readonly string[] {
  return parseMessageIds(value).slice(0, limits.eventTargets);
}

/** COI client spec, "Edit messages": an edit to nothing deletes. Only a body that is at hand whole can be known to be empty. */
function isEmptied(parts: readonly SmallPart[], mail: ReceivedMail): boolean {
  return mail.body !== undefined && (textOf(parts, 'text/plain') ?? '').trim() === '' && !hasHtml(parts);
}

function hasHtml(parts: readonly SmallPart[]): boolean {
  return (textOf(parts, 'text/html') ?? '').trim() !== '';
}

/** RFC 9078 section 2: the part in the place of the text whose disposition is `reaction`. */
function reactionPart(header: Header, parts: readonly SmallPart[]): SmallPart | undefined {
  const isReaction = (of: Header) => /^\s*reaction\b/i.test(of.first('content-disposition') ?? '');
  return isReaction(header) ? parts[0] : parts.find((part) => isReaction(part.header));
}

/** Emoji separated by blanks; a line break ends them (RFC 9078 section 2). */
function emojiIn(part: SmallPart): readonly string[] {
  const text = decodeCharset(transferred(part), 'utf-8').trim();
  const [line = ''] = text.split(/\r?\n/, 1);
  const words = line.split(/\s+/).filter((word) => word !== '' && [...word].length <= limits.emojiCharacters);
  return [...new Set(words)].slice(0, limits.emojiPerReaction);
}
