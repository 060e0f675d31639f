import type { FieldFault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { normaliseAddress, parseAddresses } from './addresses.ts';
import { parseMailDate } from './mail-date.ts';
import { type RawField, readRawHeader } from './raw-fields.ts';

/** A mail a client made that can be sent as it is. */
export type CheckedRawMail = {
  readonly kind: 'fit';
  /** What is sent and filed: the client's bytes, less its Bcc fields. */
  readonly mail: Buffer;
  /** With angle brackets. */
  readonly messageId: string;
  /** The envelope: normalised, each once. */
  readonly recipients: readonly string[];
};

export type RawMailFacts = {
  /** The account's own address and its aliases, normalised. */
  readonly own: readonly string[];
  /** The envelope, where the client names it apart from the header. */
  readonly to: readonly string[] | undefined;
};

/**
 * Whether a mail that a client made can be sent as it is, and what for if not: every field that is wrong is named. Nothing
 * is mended but one thing: a last line without its line break gets it, because SMTP cannot send one without.
 */
export function checkRawMail(
  raw: Buffer,
  facts: RawMailFacts,
): CheckedRawMail | { readonly kind: 'unfit'; readonly problems: readonly FieldFault[] } {
  if (raw.length > limits.rawMailBytes) {
    return unfit([{ field: 'body', message: `has more than ${limits.rawMailBytes} bytes` }]);
  }
  const header = readRawHeader(raw, limits.headerBytes);
  if (header.kind === 'malformed') return unfit([{ field: 'body', message: header.why }]);
  const { fields, bodyAt } = header;
  const recipients = envelopeOf(fields, facts.to);
  const problems = [
    ...countProblems(fields),
    ...transportProblems(fields),
    ...senderProblems(fields, facts.own),
    ...valueProblems(fields),
    ...encodingProblems(fields, raw.subarray(bodyAt)),
    ...recipientProblems(recipients),
  ];
  const messageId = valuesOf(fields, 'message-id')[0];
  if (problems.length > 0 || messageId === undefined) return unfit(problems);
  return { kind: 'fit', mail: sendable(raw, fields), messageId, recipients };
}

function unfit(problems: readonly FieldFault[]) {
  return { kind: 'unfit' as const, problems };
}

/** RFC 5322 section 3.6, and RFC 2045 section 3 for MIME's: with two of a field, each reader believes another one. */
const atMostOnce: readonly string[] = [
  'From',
  'Message-ID',
  'Date',
  'Sender',
  'Reply-To',
  'To',
  'Cc',
  'Subject',
  'In-Reply-To',
  'References',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
  'Chat-Version',
];

const needed: readonly (readonly [string, string])[] = [
  ['From', 'is missing: add one with the address of this account'],
  ['Date', 'is missing: add one'],
  ['Message-ID', 'is missing: add one of the form <unique@domain>; a repeat of the call is known by it'],
];

function countProblems(fields: readonly RawField[]): FieldFault[] {
  return [
    ...needed
      .filter(([name]) => valuesOf(fields, name).length === 0)
      .map(([field, message]) => ({ field, message })),
    ...atMostOnce
      .filter((name) => valuesOf(fields, name).length > 1)
      .map((field) => ({ field, message: 'is there more than once' })),
  ];
}

/**
 * Fields that only servers on the way may write. They are refused rather than dropped: a mail that has them was received
 * from somebody, and sending it on as one's own is not what this call is for.
 */
const ofTransport =
  /^(?:resent-.*|return-path|received|delivered-to|x-original-to|authentication-results|x-microsoft-original-message-id)$/;

function transportProblems(fields: readonly RawField[]): FieldFault[] {
  const found = new Set(fields.map(({ name }) => name).filter((name) => ofTransport.test(name)));
  return [...found].map((field) => ({ field, message: 'is for mail servers to write: leave it out' }));
}

/** Whoever signs in here speaks for this account alone (RFC 6409 section 6.1 leaves it to the service). */
function senderProblems(fields: readonly RawField[], own: readonly string[]): FieldFault[] {
  return ['From', 'Sender'].flatMap((field) => {
    const values = valuesOf(fields, field);
    return values.every((value) => own.includes(soleAddress(value) ?? ''))
      ? []
      : [{ field, message: 'must be one address, that of this account or one of its aliases' }];
  });
}

/**
 * The address of a field that holds exactly one, with or without a name before it. Read strictly: a list, a group, a
 * comment or a second angle bracket would show another sender to some than the one that was checked.
 */
function soleAddress(value: string): string | undefined {
  const unquoted = value.replace(/^"(?:[^"\\]|\\.)*"(?= ?<)/, '');
  const [, angle, bare] =
    /^[^<>()"\\,;:@]*<([^<>()"\\,;:@\s]+@[^<>()"\\,;:@\s]+)>$|^([^<>()"\\,;:@\s]+@[^<>()"\\,;:@\s]+)$/.exec(
      unquoted,
    ) ?? [];
  const address = angle ?? bare;
  return address === undefined ? undefined : normaliseAddress(address);
}

function valueProblems(fields: readonly RawField[]): FieldFault[] {
  const problems: FieldFault[] = [];
  if (
    !valuesOf(fields, 'message-id').every((value) => /^<[^<>()[\]\\,;:"\s@]+@[^<>()\\,;"\s@]+>$/.test(value))
  ) {
    problems.push({ field: 'Message-ID', message: 'must have the form <unique@domain>' });
  }
  if (!valuesOf(fields, 'date').every((value) => parseMailDate(value) !== undefined)) {
    problems.push({ field: 'Date', message: 'is no date (RFC 5322 section 3.3)' });
  }
  return problems;
}

/** RFC 2045 section 6: what a body is encoded as must be said, and servers go by it. */
function encodingProblems(fields: readonly RawField[], body: Buffer): FieldFault[] {
  const field = 'Content-Transfer-Encoding';
  const encoding = valuesOf(fields, field)[0]?.toLowerCase();
  // Would need BINARYMIME (RFC 3030), which hardly any submission server has.
  if (encoding === 'binary') return [{ field, message: 'must not be binary: encode the body' }];
  if (encoding === '8bit' || !body.some((byte) => byte > 127)) return [];
  return [{ field, message: 'must be 8bit for a body with 8-bit characters' }];
}

/** Delta Chat writes `To: "hidden-recipients": ;` and leaves it to the envelope to say who they are. */
function envelopeOf(fields: readonly RawField[], to: readonly string[] | undefined): readonly string[] {
  if (to !== undefined) return [...new Set(to.map(normaliseAddress))];
  const inHeader = ['to', 'cc', 'bcc'].flatMap((name) => valuesOf(fields, name));
  return [...new Set(inHeader.flatMap(parseAddresses).map(({ address }) => address))];
}

function recipientProblems(recipients: readonly string[]): FieldFault[] {
  const field = 'to';
  if (recipients.length === 0) {
    return [{ field, message: 'is needed: the header names no recipient, so name them as ?to=' }];
  }
  if (recipients.length > limits.recipients) {
    return [{ field, message: `must be at most ${limits.recipients} addresses` }];
  }
  return recipients.every((address) =>
    /^[^\s@<>()[\]\\,:;"\p{Cc}]+@[^\s@<>()[\]\\,:;"\p{Cc}]+$/u.test(address),
  )
    ? []
    : [{ field, message: 'has an address that no envelope can carry' }];
}

function valuesOf(fields: readonly RawField[], name: string): readonly string[] {
  return fields.filter((field) => field.name === name.toLowerCase()).map(({ value }) => value);
}

/** Nobody may see who else got a blind copy, neither the recipients nor whoever reads the copy in Sent. */
function sendable(raw: Buffer, fields: readonly RawField[]): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { name, start, end } of fields) {
    if (name !== 'bcc') continue;
    pieces.push(raw.subarray(from, start));
    from = end;
  }
  pieces.push(raw.subarray(from));
  if (!raw.subarray(-2).equals(lineBreak)) pieces.push(lineBreak);
  return Buffer.concat(pieces);
}

const lineBreak = Buffer.from('\r\n');
