import { limits } from '../core/limits.ts';
import { type ChatContent, chatContentOf } from './chat-content.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Header } from './header.ts';
import type { Attachment, MailClass } from './mail-record.ts';
import { contentOfPart } from './part-content.ts';
import type { SmallPart } from './small-body.ts';

/** Everything that a message can be to its reader. */
export const messageKinds = [
  ...['text', 'image', 'audio', 'video', 'voice', 'file', 'sticker', 'location'],
  ...['poll', 'poll-vote', 'poll-close', 'contact', 'call', 'call-accepted', 'call-ended'],
  ...['group-info', 'group-left', 'member-added', 'member-removed', 'pin', 'unpin'],
  ...['edit', 'delete', 'reaction', 'receipt', 'bounce'],
] as const;

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
  ['chat-group-description-changed', 'group-info'],
];

/** What a part can make of its message. */
const kindOfPart: ReadonlySet<ChatContent> = new Set(['location', 'poll', 'poll-vote', 'poll-close']);

const kindOfClass: Partial<Readonly<Record<MailClass, string>>> = {
  edit: 'edit',
  delete: 'delete',
  reaction: 'reaction',
  mdn: 'receipt',
  dsn: 'bounce',
};

/**
 * What a message is to its reader: `text`, or something of its own. Media without any words are named after the first of
 * them. Extensions of clients (reverse-domain values) are texts: their senders must put a readable one in.
 */
export function messageKindOf(
  header: Header,
  facts: {
    readonly mailClass: MailClass;
    readonly parts: readonly SmallPart[];
    readonly attachments: readonly Attachment[];
    readonly hasWords: boolean;
    readonly hasPlace: boolean;
    /** Its sender says that he is out of the group himself. */
    readonly isLeaving: boolean;
  },
): string {
  const { mailClass, parts, attachments, hasWords } = facts;
  const content = chatContentOf(header.first('chat-content'));
  const contents = parts.map(contentOfPart);
  const ofPart = contents.find((each) => kindOfPart.has(each)) ?? 'none';
  // A sender's own card comes with the first words; one to take over alone, or with a vCard.
  const ridesAlong = hasWords && !attachments.some(isVCard);
  return (
    kindOfClass[mailClass] ??
    (facts.isLeaving ? 'group-left' : undefined) ??
    kindOfContent[content] ??
    kindOfField.find(([name]) => header.has(name))?.[1] ??
    kindOfContent[ofPart] ??
    (contents.includes('contact') && !ridesAlong ? 'contact' : undefined) ??
    (facts.hasPlace ? 'location' : undefined) ??
    (hasWords ? 'text' : mediaKind(header, attachments))
  );
}

/** The value of `Chat-Content` of a client of its own, as it was written: of the mail, or of one of its parts. */
export function extensionOf(header: Header, parts: readonly SmallPart[]): string | undefined {
  const values = [header, ...parts.map((part) => part.header)].map((each) => each.first('chat-content'));
  const value = values.find((each) => chatContentOf(each) === 'other');
  if (value === undefined) return undefined;
  return shorten(decodeText(value.split(';', 1)[0] ?? '').trim(), limits.mediaTypeCharacters);
}

function mediaKind(header: Header, [first]: readonly Attachment[]): string {
  if (first === undefined) return 'text';
  if (isVCard(first)) return 'contact';
  const [top] = first.type.split('/');
  if (top === 'audio' && header.has('chat-voice-message')) return 'voice';
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'file';
}

function isVCard({ type }: Attachment): boolean {
  return /^text\/(?:x-vcard|vcard|directory)$/.test(type);
}
