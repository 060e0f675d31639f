import { limits } from '../core/limits.ts';
import { attachmentsOf } from './body-structure.ts';
import { textOf } from './body-text.ts';
import { chatContentOf } from './chat-content.ts';
import type { Header } from './header.ts';
import type { MessageEvent } from './message-event.ts';
import { parseMessageIds } from './message-id.ts';
import { readReaction } from './read-reaction.ts';
import type { ReceivedMail } from './received-mail.ts';
import type { SmallPart } from './small-body.ts';

/** What a mail does to others by itself; reports are told by the mail server or program of another. */
export type Deed = Exclude<MessageEvent, { readonly kind: 'receipt' | 'bounce' }>;

/**
 * What a mail would do to other messages, undefined for one that does nothing. One that names no message to do it to does
 * nothing either: an edit of nothing is a message. Whether this mail may do anything is told by its class.
 *
 * @param parts those of the body that are at hand; none that are encrypted
 */
export function readDeed(
  mail: ReceivedMail,
  parts: readonly SmallPart[],
  encrypted: boolean,
): Deed | undefined {
  const deed = deedIn(mail, parts, encrypted);
  return deed === undefined || deed.targets.length === 0 ? undefined : deed;
}

/** The value of a field that Delta Chat may hide in the first part (chatmail/core, src/mimefactory.rs, "hidden headers"). */
function hiddenField(header: Header, parts: readonly SmallPart[], name: string): string | undefined {
  const [first] = parts;
  const places = first === undefined ? [header] : [header, ...first.around, first.header];
  return places.find((place) => place.has(name))?.first(name);
}

function deedIn(mail: ReceivedMail, parts: readonly SmallPart[], encrypted: boolean): Deed | undefined {
  const { header } = mail;
  const content = chatContentOf(header.first('chat-content'));
  const deltaDelete = hiddenField(header, parts, 'chat-delete');
  if (deltaDelete !== undefined) return { kind: 'delete', targets: idsIn(deltaDelete) };
  const deltaEdit = hiddenField(header, parts, 'chat-edit');
  if (deltaEdit !== undefined) return { kind: 'edit', targets: idsIn(deltaEdit).slice(0, 1) };
  const answered = idsIn(header.first('in-reply-to')).slice(0, 1);
  if (content === 'delete') return { kind: 'delete', targets: answered };
  if (content === 'edit') {
    return { kind: !encrypted && isEmptied(parts, mail) ? 'delete' : 'edit', targets: answered };
  }
  if (content === 'pin' || content === 'unpin') return { kind: content, targets: answered };
  const emoji = encrypted ? undefined : readReaction(header, parts);
  return emoji && { kind: 'reaction', targets: answered, emoji };
}

function idsIn(value: string | undefined): readonly string[] {
  return parseMessageIds(value).slice(0, limits.eventTargets);
}

/**
 * COI client spec, "Edit and Delete Messages": an edit to nothing deletes. Only a body that is at hand whole can be known to
 * be empty, and one with a picture is not.
 */
function isEmptied(parts: readonly SmallPart[], mail: ReceivedMail): boolean {
  const hasText = (['text/plain', 'text/html'] as const).some(
    (type) => (textOf(parts, type) ?? '').trim() !== '',
  );
  return mail.body !== undefined && !hasText && attachmentsOf(mail.structure, parts).length === 0;
}
