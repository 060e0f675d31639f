import { createHash } from 'node:crypto';
import { limits } from '../core/limits.ts';
import { normaliseAddress, parseAddresses } from './addresses.ts';
import { attachmentsOf, isEncrypted } from './body-structure.ts';
import { textOf } from './body-text.ts';
import { chatContentOf } from './chat-content.ts';
import { chatRuleOf, classify } from './classify.ts';
import { conversationOf, statedTitle, withoutPrefixes } from './conversation-ref.ts';
import { decodeText, shorten } from './decode-text.ts';
import type { Header } from './header.ts';
import { parseMailDate } from './mail-date.ts';
import type { MailRecord } from './mail-record.ts';
import { mentions, mentionsInHtml } from './mentions.ts';
import { messageIdIn, parseMessageIds } from './message-id.ts';
import { extensionOf, messageKindOf } from './message-kind.ts';
import { previewOf } from './preview.ts';
import { readEvent } from './read-event.ts';
import { forgetAfterMs, locationIn, pinOf } from './read-extras.ts';
import type { AccountFacts, Address, ReceivedMail } from './received-mail.ts';
import { partsOfBody } from './small-body.ts';

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
  const text = encrypted ? undefined : plain;
  const mailClass = classify(mail, { isOwn: own.includes(from.address), partHeader: parts[0]?.header });
  const conversation = conversationOf(mail, { from, to, own });
  const preview = text === undefined ? undefined : previewOf(text, limits.previewCharacters);
  const seen = mail.flags.some((flag) => flag.toLowerCase() === '\\seen');
  return {
    class: mailClass,
    matchedBy: chatRuleOf(mail),
    messageId: messageIdOf(mail),
    inReplyTo: parseMessageIds(header.first('in-reply-to'))[0],
    from,
    to,
    subject: subjectOf(header.first('subject')),
    date: parseMailDate(header.first('date')),
    receivedAt: mail.receivedAt,
    encrypted,
    conversation,
    kind: messageKindOf(mail, mailClass, parts, preview !== undefined || encrypted),
    extension: extensionOf(header),
    event: encrypted ? undefined : readEvent(mail, mailClass, parts),
    title: statedTitle(header, conversation),
    removed: removedBy(header, from),
    pinned: pinOf(header, parts),
    location: encrypted ? undefined : locationIn(header, parts),
    forgetAfterMs: forgetAfterMs(header),
    attachments: encrypted ? [] : attachmentsOf(mail.structure, parts),
    mention: !encrypted && (mentions(text ?? '', own) || (html !== undefined && mentionsInHtml(html, own))),
    call: chatContentOf(header.first('chat-content')) === 'call',
    receiptRequested: asksForReceipt(mail, from),
    preview,
    seen,
    size: mail.size,
  };
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

/** The mail's own id. One without any gets an id from its place, which no other mail can have. */
function messageIdOf(mail: ReceivedMail): string {
  const place = `${mail.folder} ${mail.uidValidity} ${mail.uid}`;
  const made = () => `<${createHash('sha256').update(place).digest('base64url').slice(0, 22)}@made.invalid>`;
  return shorten(messageIdIn(mail.header) ?? made(), limits.messageIdCharacters);
}

function subjectOf(raw: string | undefined): string | undefined {
  const subject = shorten(withoutPrefixes(decodeText(raw ?? '')), limits.subjectCharacters);
  return subject === '' ? undefined : subject;
}

/** PGP as it was before MIME: the text itself is the encrypted message. */
function isInlinePgp(text: string | undefined): boolean {
  return text?.trimStart().startsWith('-----BEGIN PGP MESSAGE-----') === true;
}

/** RFC 8098 section 2.1: a receipt goes to the sender or to nobody. Delta Chat asks under a name of its own. */
function asksForReceipt(mail: ReceivedMail, from: Address): boolean {
  return ['disposition-notification-to', 'chat-disposition-notification-to'].some((name) =>
    parseAddresses(mail.header.first(name) ?? '').some(({ address }) => address === from.address),
  );
}
