import { limits } from '../core/limits.ts';
import { parseAddresses } from './addresses.ts';
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
  const named = targets.length > 0 ? targets : parseMessageIds(mail.header.first('in-reply-to')).slice(0, 1);
  return { kind: 'receipt', targets: [...new Set(named)].slice(0, limits.eventTargets) };
}

function bounceIn(mail: ReceivedMail, parts: readonly SmallPart[]): MessageEvent | undefined {
  const report = partOfType(parts, /^message\/(?:global-)?delivery-status$/);
  const recipients = new Set<string>();
  for (const fields of report === undefined ? [] : blocksOf(report)) {
    if (!/^\s*failed\b/i.test(fields.first('action') ?? '')) continue;
    const named = fields.first('original-recipient') ?? fields.first('final-recipient') ?? '';
    for (const { address } of parseAddresses(named.slice(named.indexOf(';') + 1))) recipients.add(address);
  }
  // Exim and Gmail name them in the header as well, also where the report is a plain text.
  if (report === undefined) {
    for (const { address } of parseAddresses(mail.header.first('x-failed-recipients') ?? ''))
      recipients.add(address);
  }
  if (recipients.size === 0) return undefined;
  return { kind: 'bounce', targets: originalIds(mail, parts), recipients: [...recipients] };
}

/** The mail that came back, from what is returned of it (RFC 3462), or else the mail the report answers. */
function originalIds(mail: ReceivedMail, parts: readonly SmallPart[]): readonly string[] {
  const returned = partOfType(
    parts,
    /^(?:message\/(?:global|rfc822)|text\/rfc822-headers|message\/global-headers)$/,
  );
  const inside =
    returned === undefined ? [] : parseMessageIds(parseHeader(transferred(returned)).first('message-id'));
  const answered = ['in-reply-to', 'references'].flatMap((name) =>
    parseMessageIds(mail.header.first(name)).slice(-1),
  );
  return [...inside, ...answered].slice(0, 1);
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
