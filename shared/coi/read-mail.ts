import { createHash } from 'node:crypto';
import { limits } from '../core/limits.ts';
import { normaliseAddress, parseAddresses } from './addresses.ts';
import { attachmentsOf, isDeltaTrack, isEncrypted, leavesOf } from './body-structure.ts';
import { textOf } from './body-text.ts';
import { chatContentOf } from './chat-content.ts';
import { chatRuleOf, classify } from './classify.ts';
import { conversationOf, statedTitle, withoutPrefixes } from './conversation-ref.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Header } from './header.ts';
import { wordsOfHtml } from './html-words.ts';
import { parseMailDate } from './mail-date.ts';
import type { MailClass, MailRecord } from './mail-record.ts';
import { mentions, mentionsInHtml } from './mentions.ts';
import type { MessageEvent } from './message-event.ts';
import { messageIdIn, parseMessageIds } from './message-id.ts';
import { extensionOf, messageKindOf } from './message-kind.ts';
import { ownWordsOf, previewOf } from './preview.ts';
import { type Deed, readDeed } from './read-event.ts';
import { forgetAfterMs, locationIn, pinOf } from './read-extras.ts';
import { readReport } from './read-report.ts';
import type { AccountFacts, Address, ReceivedMail } from './received-mail.ts';
import { partsOfBody, type SmallPart } from './small-body.ts';

/** Reads everything the service keeps or tells of a mail. Any bytes give a result; nothing is thrown. */
export function readMail(mail: ReceivedMail, account: AccountFacts): MailRecord {
  const { header } = mail;
  const own = account.addresses.map(normaliseAddress);
  const from = senderOf(mail);
  const to = parseAddresses(['to', 'cc'].flatMap((name) => header.all(name)).join(', '));
  const parts = partsOfBody(header, mail.bodyStart);
  const plain = textOf(parts, 'text/plain');
  const html = textOf(parts, 'text/html');
  const encrypted = isEncrypted(header, mail.structure) || isInlinePgp(plain);
  const text = encrypted ? undefined : wordsIn(plain, html);
  const deed = readDeed(mail, parts, encrypted);
  const attachments = encrypted ? [] : attachmentsOf(mail.structure, parts);
  const preview =
    text === undefined
      ? undefined
      : previewOf(withoutPencil(ownWordsOf(text), deed), limits.previewCharacters);
  const saysNothing = !encrypted && preview === undefined && attachments.length === 0;
  const mailClass = classify(mail, {
    isOwn: own.includes(from.address),
    deed: deed?.kind,
    isTrack: saysNothing && leavesOf(mail.structure).some(isDeltaTrack),
  });
  const conversation = conversationOf(mail, { from, to, own });
  const removed = removedBy(header, from);
  const location = encrypted ? undefined : locationIn(header, parts);
  const seen = mail.flags.some((flag) => flag.toLowerCase() === '\\seen');
  return {
    class: mailClass,
    matchedBy: chatRuleOf(mail),
    messageId: messageIdIn(header) ?? idOfPlace(mail),
    inReplyTo: parseMessageIds(header.first('in-reply-to'))[0],
    from,
    to,
    subject: subjectOf(header.first('subject')),
    date: parseMailDate(header.first('date')),
    receivedAt: mail.receivedAt,
    encrypted,
    conversation,
    kind: messageKindOf(header, {
      mailClass,
      parts,
      attachments,
      hasWords: encrypted || preview !== undefined,
      hasPlace: location !== undefined,
      isLeaving: removed.includes(from.address),
    }),
    extension: extensionOf(header, parts),
    event: eventOf(mail, mailClass, deed, parts),
    title: statedTitle(header, conversation),
    removed,
    pinned: pinOf(header, parts),
    location,
    forgetAfterMs: forgetAfterMs(header),
    attachments,
    mention: !encrypted && (mentions(text ?? '', own) || (html !== undefined && mentionsInHtml(html, own))),
    call: chatContentOf(header.first('chat-content')) === 'call',
    receiptRequested: asksForReceipt(mail, from),
    preview,
    seen,
    size: mail.size,
  };
}

/** The plain text, or what html says where that is all there is. */
function wordsIn(plain: string | undefined, html: string | undefined): string | undefined {
  const isBlank = plain === undefined || plain.trim() === '';
  return isBlank && html !== undefined ? wordsOfHtml(html) : plain;
}

/** A mail of another kind than the account's own or a chat's does nothing: its fields may be left over from an answer. */
function eventOf(
  mail: ReceivedMail,
  mailClass: MailClass,
  deed: Deed | undefined,
  parts: readonly SmallPart[],
): MessageEvent | undefined {
  if (mailClass === 'mdn' || mailClass === 'dsn') {
    const report = readReport(mail, mailClass, parts);
    return report?.targets.length === 0 ? undefined : report;
  }
  return mayDo.has(mailClass) ? deed : undefined;
}

const mayDo: ReadonlySet<MailClass> = new Set(['own', 'edit', 'delete', 'reaction', 'event']);

/** Delta Chat puts a pencil before the text of an edit, for programs that know of none (src/constants.rs). */
function withoutPencil(text: string, deed: Deed | undefined): string {
  return deed?.kind === 'edit' ? text.replace(/^\s*\u270f\ufe0f?/u, '') : text;
}

/** Whoever a mail says is out of the group: its sender, or in Delta Chat somebody he names. */
function removedBy(header: Header, from: Address): readonly string[] {
  if (chatContentOf(header.first('chat-content')) === 'group-left') return [from.address];
  return parseAddresses(header.first('chat-group-member-removed') ?? '').map(({ address }) => address);
}

/** A mail without a sender has one nobody can be: it stays readable, and can belong to no account. */
function senderOf(mail: ReceivedMail): Address {
  const [from] = parseAddresses(mail.header.first('from') ?? mail.header.first('sender') ?? '');
  return from ?? { address: 'unknown@unknown.invalid', name: undefined };
}

/** A mail without an id of its own gets one from its place, which no other mail can have. */
function idOfPlace(mail: ReceivedMail): string {
  const place = `${mail.folder} ${mail.uidValidity} ${mail.uid}`;
  return `<${createHash('sha256').update(place).digest('base64url').slice(0, 22)}@made.invalid>`;
}

function subjectOf(raw: string | undefined): string | undefined {
  const subject = shorten(withoutPrefixes(decodeText(raw ?? '')), limits.subjectCharacters);
  return subject === '' ? undefined : subject;
}

/** PGP as it was before MIME: the text itself is the encrypted message. */
function isInlinePgp(text: string | undefined): boolean {
  return text?.trimStart().startsWith('-----BEGIN PGP MESSAGE-----') === true;
}

/** RFC 8098 section 2.1: a receipt goes to the sender or to nobody, and never to a list. Delta Chat asks under its own name. */
function asksForReceipt({ header }: ReceivedMail, from: Address): boolean {
  if (header.has('list-id') || header.has('list-post')) return false;
  return ['disposition-notification-to', 'chat-disposition-notification-to'].some((name) => {
    const readers = parseAddresses(header.first(name) ?? '');
    return readers.length > 0 && readers.every(({ address }) => address === from.address);
  });
}
