import { attachmentsOf } from './body-structure.ts';
import { type ChatContent, chatContentOf } from './chat-content.ts';
import type { Header } from './header.ts';
import type { MailClass } from './mail-record.ts';
import type { ReceivedMail } from './received-mail.ts';
import type { SmallPart } from './small-body.ts';

/** Values of `Chat-Content` that say what a message is; of the mail or of one of its parts. */
const kindOfContent: Partial<Readonly<Record<ChatContent, string>>> = {
  location: 'location',
  poll: 'poll',
  'poll-vote': 'poll-vote',
  'poll-close': 'poll-close',
  contact: 'contact',
  sticker: 'sticker',
  call: 'call',
  'call-accepted': 'call-accepted',
  'call-ended': 'call-ended',
  'group-left': 'group-left',
  'group-info': 'group-info',
  pin: 'pin',
  unpin: 'unpin',
};

/** Delta Chat's fields for what happens to a group. */
const kindOfField: readonly (readonly [string, string])[] = [
  ['chat-group-member-added', 'member-added'],
  ['chat-group-member-removed', 'member-removed'],
  ['chat-group-name-changed', 'group-info'],
];

/**
 * What a message is to its reader: `text`, or something of its own. Media without any words are named after the first of
 * them. Extensions of clients (reverse-domain values) are texts: their senders must put a readable one in.
 */
export function messageKindOf(
  mail: ReceivedMail,
  mailClass: MailClass,
  parts: readonly SmallPart[],
  hasWords: boolean,
): string {
  if (mailClass === 'edit' || mailClass === 'delete' || mailClass === 'reaction') return mailClass;
  const content = chatContentOf(mail.header.first('chat-content'));
  const named = kindOfContent[content];
  if (named !== undefined) return named;
  const field = kindOfField.find(([name]) => mail.header.has(name));
  if (field !== undefined) return field[1];
  for (const { header } of parts) {
    const kind = kindOfContent[chatContentOf(header.first('chat-content'))];
    // Cards ride along with messages; only what the message is about names it.
    if (kind !== undefined && kind !== 'group-info') return kind;
  }
  return hasWords ? 'text' : mediaKind(mail);
}

/** The value of `Chat-Content` of a client of its own, as it was written. */
export function extensionOf(header: Header): string | undefined {
  const value = header.first('chat-content');
  if (value === undefined || chatContentOf(value) !== 'other') return undefined;
  return value.split(';', 1)[0]?.trim().slice(0, 100);
}

function mediaKind(mail: ReceivedMail): string {
  if (mail.header.has('chat-voice-message')) return 'voice';
  const [first] = attachmentsOf(mail.structure);
  if (first === undefined) return 'text';
  const [top] = first.type.split('/');
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'file';
}
