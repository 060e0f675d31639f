import { leavesOf } from './body-structure.ts';
import { type ChatContent, chatContentOf } from './chat-content.ts';
import { mediaTypeOf, parameterOf } from './content-type.ts';
import type { Header } from './header.ts';
import type { ChatRule, MailClass } from './mail-record.ts';
import { isChatMessageId, messageIdIn, parseMessageIds } from './message-id.ts';
import type { BodyPart, ReceivedMail } from './received-mail.ts';

/**
 * What a mail is; the first fitting test wins. The order matters: a read receipt, an edit or a stored contact of a COI
 * client carries the marks of a chat mail too, and none of them may ring a device.
 */
export function classify(
  mail: ReceivedMail,
  facts: {
    readonly isOwn: boolean;
    /** Header of the first body part, where the body is at hand: Delta Chat hides edits and deletions there. */
    readonly partHeader?: Header | undefined;
  },
): MailClass {
  const { header } = mail;
  if (isAside(mail)) return 'ignored';
  const report = reportType(mail);
  if (report === 'disposition-notification') return 'mdn';
  if (report === 'delivery-status') return 'dsn';
  if (report === 'multi-device-sync' || report === 'status-update') return 'sync';
  const content = chatContentOf(header.first('chat-content'));
  // Storage comes before own: the address book is written by the account itself.
  if (mail.folderRole === 'contacts' && isStorage(content)) return 'storage';
  if (facts.isOwn) return 'own';
  if (header.has('secure-join') || header.has('autocrypt-setup-message')) return 'handshake';
  if (header.has('chat-is-post-message')) return 'post';
  const hasField = (name: string) => header.has(name) || facts.partHeader?.has(name) === true;
  if (content === 'edit' || hasField('chat-edit')) return 'edit';
  if (content === 'delete' || hasField('chat-delete')) return 'delete';
  if (isReaction(mail)) return 'reaction';
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

/** Drafts, deleted mail, and what lies in folders for them. */
function isAside(mail: ReceivedMail): boolean {
  const flags = mail.flags.map((flag) => flag.toLowerCase());
  return (
    mail.folderRole === 'drafts' ||
    mail.folderRole === 'trash' ||
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

/** RFC 9078: a part whose disposition is `reaction`, in the place of the text. */
function isReaction(mail: ReceivedMail): boolean {
  const isReactionPart = (disposition: string | undefined) => /^\s*reaction\b/i.test(disposition ?? '');
  return (
    isReactionPart(mail.header.first('content-disposition')) ||
    leavesOf(mail.structure).some((part) => isReactionPart(part.disposition))
  );
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
    header.has('chat-group-name-changed')
  );
}
