import { type ChatContent, chatContentOf } from './chat-content.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import type { ChatRule, MailClass } from './mail-record.ts';
import { isChatMessageId, messageIdIn, parseMessageIds } from './message-id.ts';
import type { Deed } from './read-event.ts';
import type { BodyPart, ReceivedMail } from './received-mail.ts';

/**
 * What a mail is; the first fitting test wins. The order matters: a read receipt, an edit or a stored contact of a COI
 * client carries the marks of a chat mail too, and none of them may ring a device.
 */
export function classify(
  mail: ReceivedMail,
  facts: {
    readonly isOwn: boolean;
    /** What it would do to other messages. */
    readonly deed?: Deed['kind'] | undefined;
    /** It says nothing, and only brings along where its sender is (Delta Chat). */
    readonly isTrack?: boolean;
  },
): MailClass {
  const { header } = mail;
  if (isAside(mail)) return 'ignored';
  const report = reportType(mail);
  if (report === 'disposition-notification') return 'mdn';
  if (report === 'delivery-status') return 'dsn';
  if (report === 'multi-device-sync' || report === 'status-update') return 'sync';
  if (isPlainBounce(mail)) return 'dsn';
  const content = chatContentOf(header.first('chat-content'));
  // Storage comes before own: the address book is written by the account itself.
  if (mail.folderRole === 'contacts' && isStorage(content)) return 'storage';
  if (facts.isOwn) return 'own';
  if (header.has('secure-join') || header.has('autocrypt-setup-message')) return 'handshake';
  if (isHiddenHandshake(mail)) return 'handshake';
  if (header.has('chat-is-post-message')) return 'post';
  // Delta Chat's programs tell each other where they are reached.
  if (header.has('iroh-node-addr') || facts.isTrack === true) return 'sync';
  if (facts.deed === 'edit' || facts.deed === 'reaction') return facts.deed;
  // One that does not say of what is nothing to be shown either.
  if (facts.deed === 'delete' || content === 'delete') return 'delete';
  if (isEvent(mail, content)) return 'event';
  return chatRuleOf(mail) === undefined ? 'mail' : 'chat';
}

/**
 * Which rule makes this a chat mail (COI client spec, "Filter COI messages"): a `Chat-Version` field, a first References id
 * with the chat marker, or a Message-ID with it. The second one brings in answers from ordinary mail programs.
 */
export function chatRuleOf(mail: Pick<ReceivedMail, 'header'>): ChatRule | undefined {
  const { header } = mail;
  if (header.has('chat-version')) return 'chat-version';
  if (isChatMessageId(parseMessageIds(header.first('references'))[0])) return 'references';
  if (isChatMessageId(messageIdIn(header))) return 'message-id';
  return undefined;
}

/** Drafts, deleted mail, what lies in folders for them, and what is for ordinary mail programs alone. */
function isAside(mail: ReceivedMail): boolean {
  const flags = mail.flags.map((flag) => flag.toLowerCase());
  return (
    mail.folderRole === 'drafts' ||
    mail.folderRole === 'trash' ||
    chatContentOf(mail.header.first('chat-content')) === 'ignore' ||
    flags.includes('\\draft') ||
    flags.includes('\\deleted') ||
    mail.header.has('x-mozilla-draft-info')
  );
}

/** The report type of a multipart/report (RFC 6522), from the header or else the structure. */
function reportType(mail: ReceivedMail): string | undefined {
  const contentType = mail.header.first('content-type');
  if (mediaTypeOf(contentType) === 'multipart/report') {
    return parameterOf(contentType, 'report-type')?.toLowerCase() ?? reportOfParts(mail.structure);
  }
  return mail.structure.type === 'multipart/report'
    ? (mail.structure.parameters['report-type']?.toLowerCase() ?? reportOfParts(mail.structure))
    : undefined;
}

function reportOfParts(structure: BodyPart): string | undefined {
  const report = structure.children.find((part) =>
    /^message\/(?:disposition-notification|(?:global-)?delivery-status)$/.test(part.type),
  );
  return report?.type.replace(/^message\/(?:global-)?/, '');
}

function isStorage(content: ChatContent): boolean {
  return content === 'contact' || content === 'profile' || content === 'group';
}

/** Exim before 4.82 and others send failures as plain text, and name the recipients in a field. */
function isPlainBounce({ header }: ReceivedMail): boolean {
  return header.has('x-failed-recipients') && /^\s*auto-/i.test(header.first('auto-submitted') ?? '');
}

/**
 * Delta Chat's programs exchanging keys, or read receipts, where encryption hides what they say: 2.57 begins a handshake
 * without the mark of a chat, 1.160 sends answers of the program as such (seen November 2026). No words are in either.
 */
function isHiddenHandshake({ header, structure }: ReceivedMail): boolean {
  if (structure.type !== 'multipart/encrypted') return false;
  const isForNobody = /^"?hidden-recipients"?\s*:\s*;?$/i.test(header.first('to') ?? '');
  const isStart = isForNobody && !header.has('chat-version') && header.first('subject') === '[...]';
  return isStart || /^\s*auto-replied\b/i.test(header.first('auto-submitted') ?? '');
}

/** Things that happen to a conversation or a contact rather than being said. */
function isEvent(mail: ReceivedMail, content: ChatContent): boolean {
  const { header } = mail;
  return (
    content === 'event' ||
    content === 'pin' ||
    content === 'unpin' ||
    content === 'group-left' ||
    content === 'group-info' ||
    content === 'profile' ||
    content === 'status' ||
    content === 'poll-vote' ||
    content === 'call-ended' ||
    content === 'call-accepted' ||
    header.has('chat-group-member-added') ||
    header.has('chat-group-member-removed') ||
    header.has('chat-group-name-changed') ||
    header.has('chat-group-description-changed')
  );
}
