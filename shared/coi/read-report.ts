import { limits } from '../core/limits.ts';
import { parseAddresses } from './addresses.ts';
import { textOf } from './body-text.ts';
import { mediaTypeOf } from './content-type.ts';
import { type Header, parseHeader } from './header.ts';
import type { MessageEvent } from './message-event.ts';
import { parseMessageIds } from './message-id.ts';
import type { ReceivedMail } from './received-mail.ts';
import { type SmallPart, transferred } from './small-body.ts';

/**
 * What a report tells of mails that were sent: a read receipt (RFC 8098), or a delivery report (RFC 3464) as far as it
 * tells of failures. Undefined for one that tells of neither.
 */
export function readReport(
  mail: ReceivedMail,
  kind: 'mdn' | 'dsn',
  parts: readonly SmallPart[],
): MessageEvent | undefined {
  return kind === 'mdn' ? receiptIn(mail, parts) : bounceIn(mail, parts);
}

function receiptIn(mail: ReceivedMail, parts: readonly SmallPart[]): MessageEvent | undefined {
  const report = partOfType(parts, /^message\/disposition-notification$/);
  const fields = report && blocksOf(report)[0];
  // Some programs delete unread mail and say so: nobody has read it then.
  if (fields !== undefined && !/;\s*displayed\b/i.test(fields.first('disposition') ?? ';displayed'))
    return undefined;
  const targets = [
    // Delta Chat tells of several mails in one receipt.
    ...['original-message-id', 'additional-message-ids'].flatMap((name) =>
      parseMessageIds(fields?.first(name)),
    ),
    ...parseMessageIds(mail.header.first('original-message-id')),
  ];
  // Exchange names the mail as the one that is answered.
  const named =
    targets.length > 0 ? targets : [...returnedIds(parts), ...answeredIds(mail, 'in-reply-to')].slice(0, 1);
  return { kind: 'receipt', targets: [...new Set(named)].slice(0, limits.eventTargets) };
}

function bounceIn(mail: ReceivedMail, parts: readonly SmallPart[]): MessageEvent | undefined {
  const report = partOfType(parts, /^message\/(?:global-)?delivery-status$/);
  const recipients = new Set<string>();
  for (const fields of report === undefined ? [] : blocksOf(report)) {
    if (!/^\s*failed\b/i.test(fields.first('action') ?? '')) continue;
    const [original, final] = ['original-recipient', 'final-recipient'].map((name) =>
      recipientIn(fields, name),
    );
    const recipient = original ?? final;
    if (recipient !== undefined) recipients.add(recipient);
  }
  // Exim and Gmail name them in the header as well, also where the report is a plain text.
  if (report === undefined) {
    for (const { address } of parseAddresses(mail.header.first('x-failed-recipients') ?? ''))
      recipients.add(address);
  }
  if (recipients.size === 0) return undefined;
  const ids = [
    ...returnedIds(parts),
    ...answeredIds(mail, 'in-reply-to'),
    ...answeredIds(mail, 'references'),
    ...(report === undefined ? idsInCopy(parts) : []),
  ];
  return { kind: 'bounce', targets: ids.slice(0, 1), recipients: [...recipients] };
}

/** `rfc822;` and an address (RFC 3464 section 2.3.1); other systems' addresses mean nothing to ours. */
function recipientIn(fields: Header, name: string): string | undefined {
  const value = fields.first(name) ?? '';
  return parseAddresses(value.slice(value.indexOf(';') + 1))[0]?.address;
}

/** What is returned of the mail that is reported on (RFC 6522). */
function returnedIds(parts: readonly SmallPart[]): readonly string[] {
  const returned = partOfType(
    parts,
    /^(?:message\/(?:global|rfc822)|text\/rfc822-headers|message\/global-headers)$/,
  );
  return returned === undefined
    ? []
    : parseMessageIds(parseHeader(transferred(returned)).first('message-id'));
}

/** The mail that a field says is answered. Of a thread that is its last one. */
function answeredIds(mail: ReceivedMail, field: 'in-reply-to' | 'references'): readonly string[] {
  return parseMessageIds(mail.header.first(field)).slice(-1);
}

/** A plain text has a copy of the header below its explanation. */
function idsInCopy(parts: readonly SmallPart[]): readonly string[] {
  return parseMessageIds(/^message-id:\s*(<[^<>\s]{1,998}>)/im.exec(textOf(parts, 'text/plain') ?? '')?.[1]);
}

function partOfType(parts: readonly SmallPart[], type: RegExp): SmallPart | undefined {
  return parts.find(({ header }) => type.test(mediaTypeOf(header.first('content-type'))));
}

/** Groups of fields, separated by empty lines: the first tells of the mail, each other one of a recipient. */
function blocksOf(part: SmallPart): readonly Header[] {
  return transferred(part)
    .toString('latin1')
    .split(/\r?\n(?:[ \t]*\r?\n)+/)
    .slice(0, limits.addressesPerMail)
    .map((block) => parseHeader(Buffer.from(block.trimStart(), 'latin1')));
}
