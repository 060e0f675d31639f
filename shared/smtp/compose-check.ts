import type { Address } from '../coi/received-mail.ts';
import { type FieldFault, invalidFields } from '../core/faults.ts';
import type { MailPart } from './compose-part.ts';

/** What of a mail to write comes from outside. */
export type MailFields = {
  /** With angle brackets, and known to nobody before: it makes the boundaries, which must not occur in a text. */
  readonly messageId: string;
  readonly from: Address;
  readonly to: readonly Address[];
  readonly subject: string;
  /** The thread, oldest first, with angle brackets. The mail names its first and its last (COI client spec). */
  readonly references: readonly string[];
  /** The message this one answers or changes. */
  readonly inReplyTo?: string | undefined;
  /** Where answers go to, when that is not `from`. */
  readonly replyTo?: readonly Address[] | undefined;
  /** More fields; their values are ASCII. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly body: MailPart;
};

/**
 * Line breaks and NUL in a header field start a new field or end the header, and a comma in an address starts another
 * one. What was checked at the door is checked again here, where it counts.
 *
 * @throws Fault `invalid-request` that names every field at fault
 */
export function requireCleanFields(mail: MailFields): void {
  const { messageId, references, inReplyTo } = mail;
  const ids = [messageId, ...references, ...(inReplyTo === undefined ? [] : [inReplyTo])];
  const problems: FieldFault[] = [
    ...(/[\r\n\0]/.test(mail.subject) ? [{ field: 'subject', message: 'must not hold line breaks' }] : []),
    ...mailboxFaults('from', [mail.from]),
    ...mailboxFaults('to', mail.to),
    ...mailboxFaults('replyTo', mail.replyTo ?? []),
    ...(ids.every(isQuotableId) ? [] : [{ field: 'messageId', message: 'is not a message id' }]),
    ...(mail.to.length > 0 ? [] : [{ field: 'to', message: 'must name at least one address' }]),
    ...[mail.fields ?? {}, ...fieldsOf(mail.body)].flatMap(fieldFaults),
    ...filesOf(mail.body).flatMap(fileFaults),
  ];
  if (problems.length === 0) return;
  throw invalidFields(problems);
}

/**
 * Whether an id (with brackets) can stand in a header of ours: one word of ASCII, and not so long that its line would be
 * over the 998 characters of RFC 5322. Others are read, and not written.
 */
export function isQuotableId(id: string): boolean {
  return id.length <= 900 && /^<[!-;=?-~]+>$/.test(id);
}

/**
 * Checks what stands in a mail that is written line by line.
 *
 * @throws Error when an address or an id would break out of its field. Addresses in other scripts need SMTPUTF8 in the header
 */
export function requirePlain(ids: readonly string[], addresses: readonly string[]): void {
  if (!ids.every(isQuotableId)) throw new Error('not a message id');
  const isPlain = (address: string) => /^[!-~]+@[!-~]+$/.test(address) && !/[<>,;:"()\\]/.test(address);
  if (!addresses.every(isPlain)) throw new Error('not an address');
}

function mailboxFaults(field: string, mailboxes: readonly Address[]): FieldFault[] {
  return mailboxes.flatMap((mailbox, index) =>
    isMailbox(mailbox)
      ? []
      : [
          {
            field: field === 'from' ? field : `${field}.${index}`,
            message: 'is not an address with an optional name',
          },
        ],
  );
}

/** The shape of an address, not its validity: nothing in it may start another address or another field. */
function isMailbox({ address, name }: Address): boolean {
  return /^[^\s\p{Cc}<>,;:"()\\@]+@[^\s\p{Cc}<>,;"()\\@]+$/u.test(address) && !/[\r\n\0]/.test(name ?? '');
}

function fieldFaults(fields: Readonly<Record<string, string>>): FieldFault[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    /^[A-Za-z-]+$/.test(name) && /^[\x20-\x7e]*$/.test(value)
      ? []
      : [{ field: name, message: 'holds characters that have no place in a mail header' }],
  );
}

type File = { readonly type: string; readonly filename?: string };

/** A type that is one: with what else stands there, it would start parameters or parts. */
function fileFaults({ type, filename }: File): FieldFault[] {
  return [
    ...(mediaTypeForm.test(type) ? [] : [{ field: 'type', message: 'is not a media type' }]),
    ...(/[\p{Cc}/\\]/u.test(filename ?? '')
      ? [{ field: 'filename', message: 'must not hold control characters, / or \\' }]
      : []),
  ];
}

/** RFC 6838 section 4.2 and RFC 2045 section 5.1; parameters that need no quotes. */
const mediaTypeForm =
  /^(?!multipart\/|message\/)[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}(?:; ?[a-z0-9_.+-]{1,64}=[a-z0-9_.+-]{1,64}){0,4}$/i;

function filesOf(part: MailPart): File[] {
  return 'multipart' in part ? part.parts.flatMap(filesOf) : [part];
}

function fieldsOf(part: MailPart): Readonly<Record<string, string>>[] {
  return [part.fields ?? {}, ...('multipart' in part ? part.parts.flatMap(fieldsOf) : [])];
}
