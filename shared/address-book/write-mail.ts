import { parseAddressHash } from '../coi/address-hash.ts';
import { mailDateText } from '../coi/mail-date.ts';
import { type Card, cardPage } from './card.ts';
import { type GroupCard, groupPage } from './group-card.ts';
import { type Field, fieldOf, fieldValue, putTogether } from './mail-fields.ts';
import { keptFields } from './merge.ts';
import type { WholeMail } from './stored-mail.ts';

/** What a new mail needs to have of its own. */
export type NewMail = {
  /** With angle brackets. */
  readonly messageId: string;
  /** In ms. */
  readonly date: number;
  /** Address of the account. */
  readonly owner: string;
};

/**
 * A contact as it is stored, in place of `mails`. What others wrote into their headers stays, but for what this one says
 * anew: the COI client spec tells clients to leave tokens alone, and other clients have fields of their own.
 *
 * @param mails of this contact until now, the newest first; none for a new contact
 * @param hashes of its addresses, in hex
 */
export function contactMail(
  mails: readonly WholeMail[],
  contact: { readonly card: Card; readonly hashes: readonly string[]; readonly blocked: boolean },
  facts: NewMail,
): Buffer {
  const fields = [
    ...ownFields(facts),
    ...hashFields(mails, contact.hashes),
    ...(contact.blocked ? [blockedField] : []),
    ...withDefaults(keptFields(mails, rewritten), facts, 'Contact'),
  ];
  return htmlMail(fields, 'contact', cardPage(contact.card));
}

/** The same mail, blocked or not blocked any more: everything else in it stays byte for byte, encrypted or not. */
export function withBlocked(mail: WholeMail, blocked: boolean, facts: NewMail): Buffer {
  const replaced = (name: string) => ['date', 'message-id', 'coi-blocked'].includes(name);
  return putTogether({
    fields: [
      ...ownFields(facts),
      ...(blocked ? [blockedField] : []),
      ...mail.fields.filter(({ name }) => !replaced(name)),
    ],
    body: mail.body,
  });
}

/** A group as it is stored (COI client spec, "Group Storage Message"), in place of `mails`, the newest first. */
export function groupMail(mails: readonly WholeMail[], group: GroupCard, facts: NewMail): Buffer {
  const fields = [...ownFields(facts), ...withDefaults(keptFields(mails, rewritten), facts, 'Group')];
  return htmlMail(fields, 'group', groupPage(group));
}

/** Whether a field is written anew with a new body. */
export function rewritten(name: string): boolean {
  return (
    name.startsWith('content-') ||
    [
      'date',
      'message-id',
      'mime-version',
      'chat-version',
      'chat-content',
      'coi-from-hash',
      'coi-blocked',
    ].includes(name)
  );
}

export function htmlMail(fields: readonly Field[], chatContent: string, html: string): Buffer {
  return putTogether({
    fields: [
      ...fields,
      fieldOf('MIME-Version', '1.0'),
      fieldOf('Chat-Version', '1.0'),
      fieldOf('Chat-Content', chatContent),
      ...htmlFields,
    ],
    body: base64Lines(html),
  });
}

export const htmlFields: readonly Field[] = [
  fieldOf('Content-Type', 'text/html; charset=utf-8'),
  fieldOf('Content-Transfer-Encoding', 'base64'),
];

export function base64Lines(text: string): Buffer {
  return Buffer.from(
    `${Buffer.from(text, 'utf8')
      .toString('base64')
      .replace(/.{76}(?=.)/g, '$&\r\n')}\r\n`,
  );
}

export function ownFields({ messageId, date }: NewMail): Field[] {
  return [fieldOf('Date', mailDateText(date)), fieldOf('Message-ID', messageId)];
}

/** Every mail needs a sender (RFC 5322 section 3.6), and people look at subjects. */
export function withDefaults(fields: readonly Field[], { owner }: NewMail, subject: string): Field[] {
  const has = (name: string) => fields.some((field) => field.name === name);
  return [
    ...(has('from') ? [] : [fieldOf('From', owner)]),
    ...(has('subject') ? [] : [fieldOf('Subject', subject)]),
    ...fields,
  ];
}

const blockedField = fieldOf('COI-Blocked', 'yes');

/** Hashes that are there stay as they are written: a server may look for its own spelling, as Dovecot does. */
function hashFields(mails: readonly WholeMail[], hashes: readonly string[]): Field[] {
  const written = mails.flatMap(({ fields }) => fields.filter(({ name }) => name === 'coi-from-hash'));
  return hashes.map(
    (hash) =>
      written.find((field) => parseAddressHash(fieldValue(field)) === hash) ?? fieldOf('COI-From-Hash', hash),
  );
}
