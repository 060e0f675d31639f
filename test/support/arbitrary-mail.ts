import fc from 'fast-check';
import type { BodyPart } from '../../shared/coi/received-mail.ts';

/** Any bytes, one character each. */
export const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((values) => Buffer.from(values).toString('latin1'));

/** The fields a mail is read by. */
export const readFields = [
  ...['From', 'Sender', 'To', 'Cc', 'Subject', 'Date', 'Message-ID', 'References', 'In-Reply-To'],
  ...['X-Microsoft-Original-Message-ID', 'Content-Type', 'Content-Disposition', 'Content-Transfer-Encoding'],
  ...['Chat-Version', 'Chat-Content', 'Chat-Group-ID', 'Chat-Group-Name', 'Chat-Edit', 'Chat-Delete'],
  ...['Chat-Group-Member-Added', 'Chat-Group-Member-Removed', 'Chat-Group-Name-Changed', 'Ephemeral-Timer'],
  ...['Chat-Voice-Message', 'Chat-Is-Post-Message', 'Secure-Join', 'Iroh-Node-Addr', 'Auto-Submitted'],
  ...['List-Id', 'List-Post', 'Disposition-Notification-To', 'Chat-Disposition-Notification-To'],
  ...['Original-Message-ID', 'X-Failed-Recipients', 'X-Mozilla-Draft-Info'],
];

const long = 'x'.repeat(1_200);
const many = (piece: (at: number) => string) => Array.from({ length: 250 }, (_, at) => piece(at)).join(' ');

/** Larger than anything that is kept. */
const tooMuch = [
  ...[long, `"${long}" <${long}@x.test>`, `<${long}@x.test>`, `Bob <bob@${long}>`, `=?utf-8?Q?${long}?=`],
  ...[many((at) => `<m${at}@x.test>`), many((at) => `m${at}@x.test,`), `<chat$group.${long}.u@x.test>`],
];

/** What values of fields are made of: pieces that mean something to a reader, whole and cut. */
const pieces = [
  ...[
    '<chat$a@x.test>',
    '<chat$group.4321dcba1234.u@x.test>',
    '<Gr.4321dcba1234.u@x>',
    '<chat$',
    '<a@b',
    '>',
  ],
  ...[
    'bob@example.test',
    'Bob <bob@example.test>',
    'alice@example.test',
    '"a, b" <c@d>',
    '"x": ;',
    ';',
    ',',
    '(',
  ],
  ...[
    'editrequest',
    'deleterequest;',
    'location',
    'preview',
    'ignore',
    'groupleft',
    'message-pinned',
    'call',
  ],
  ...['contact', 'profile', 'pollvote', 'com.example.x', 'status', 'poll', 'sticker'],
  ...['reaction', 'pinned; timeout=Tue, 5 Dec 2028 0:00:00 +0100', 'inline; filename="a.png"', 'attachment'],
  ...[
    '1.0',
    '60',
    '-1',
    '99999999999999',
    'Re: ',
    'AW: ',
    '=?utf-8?Q?=C3=BC?=',
    '=?x-none?B?AA==?=',
    '=?',
    '?=',
  ],
  ...[
    "utf-8''%C3%BC",
    'filename*0*=',
    'filename*1=',
    'charset=',
    'boundary=b',
    'report-type=',
    '"',
    '\\',
    '=',
  ],
  ...[
    'Sat, 14 Mar 2026 10:26:50 +0100',
    '31 Dec 9999 24:59:60 -9959',
    'failed',
    'rfc822; carol@example.test',
  ],
  ...['\r\n ', '\t', ' ', '\0', '\u00fc', '😀', '\ud800'],
];

export const fieldValue = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...pieces) },
      { weight: 2, arbitrary: bytes(20) },
      fc.constantFrom(...tooMuch),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

const types = [
  ...['text/plain', 'text/plain; charset=utf-16', 'text/plain; charset=iso-8859-1; format=flowed; delsp=yes'],
  ...['text/plain; charset=x-nobody', 'text/html', 'text/html; charset=utf-7', 'text/markdown', 'image/png'],
  ...['audio/aac; name=v.aac', 'text/vcard', 'message/rfc822', 'message/disposition-notification'],
  ...[
    'message/delivery-status',
    'text/rfc822-headers',
    'application/pgp-encrypted',
    'application/pkcs7-mime',
  ],
  ...['application/vnd.google-earth.kml+xml', 'text/vnd.google.email-reaction+json', 'x', '', '/'],
];

const multiparts = [
  'mixed',
  'alternative',
  'report',
  'report; report-type=delivery-status',
  'encrypted',
  'x',
];

const reactions = Array.from('😀😁😂🤣😃😄😅😆😉😊😋😎').join(' ');

const lines = [
  ...[long, reactions, '👍'.repeat(30), many((at) => `Final-Recipient: rfc822; m${at}@x.test`)],
  ...[
    'Hello.',
    '> quoted',
    '-- ',
    '@all',
    '@Alice:alice@example.test',
    '😀',
    '👍 ❤️',
    '✏️',
    '--b',
    '--b--',
    '--c',
  ],
  ...[
    '-----BEGIN PGP MESSAGE-----',
    '<p class="h-geo"><span class="p-latitude">1</span>',
    '<p class=p-longitude>2',
  ],
  ...[
    '<a class="mention" href="mailto:alice@example.test">',
    '<style>',
    '<!--',
    '&#1114112;',
    '&#x1F600;',
    '=C3=',
  ],
  ...['Final-Recipient: rfc822; carol@example.test', 'Action: failed', 'Original-Message-ID: <a@b>', ''],
  ...[
    'Disposition: manual-action/MDN-sent-manually; displayed',
    'Message-ID: <a@b>',
    '{"emoji":"👍"}',
    'null',
  ],
  ...['<coordinates>1,2</coordinates>', 'SGVsbG8=', '\0', '\ud83d'],
];

const encodings = ['7bit', '8bit', 'base64', 'quoted-printable', 'BASE64 ', 'uuencode', ''];

const field = fc
  .tuple(fc.constantFrom(...readFields), fieldValue)
  .map(([name, value]) => `${name}: ${value}\r\n`);

const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...lines) }, bytes(30)), { maxLength: 12 })
  .map((all) => all.join('\r\n'));

/** A part with its header: any text in any type, charset and encoding, or parts between boundaries that may be the same. */
const { part } = fc.letrec<{ part: string; leaf: string; multipart: string }>((tie) => ({
  part: fc.oneof({ maxDepth: 4, depthIdentifier: 'part' }, tie('leaf'), tie('multipart')),
  leaf: fc
    .tuple(fc.constantFrom(...types), fc.constantFrom(...encodings), fc.array(field, { maxLength: 3 }), text)
    .map(([type, encoding, fields, body]) => {
      const own = `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n`;
      return `${own}${fields.join('')}\r\n${body}`;
    }),
  multipart: fc
    .tuple(
      fc.constantFrom(...multiparts),
      fc.constantFrom('b', 'c', 'b c', ''),
      fc.array(field, { maxLength: 2 }),
      fc.array(tie('part'), { maxLength: 4 }),
      fc.boolean(),
    )
    .map(([kind, boundary, fields, children, isClosed]) => {
      const type = `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n`;
      const inside = children.map((child) => `--${boundary}\r\n${child}\r\n`).join('');
      return `${type}${fields.join('')}\r\npreamble\r\n${inside}${isClosed ? `--${boundary}--\r\n` : ''}`;
    }),
}));

/** A mail that looks like one: fields that are read with values that mean something, and parts in parts. */
export const structuredMail = fc
  .tuple(fc.array(field, { maxLength: 12 }), part)
  .map(([fields, body]) => Buffer.from(fields.join('') + body));

const leafStructure = fc.record({
  part: fc.constantFrom('', '1', '2.1'),
  type: fc.oneof(
    fc.constantFrom(...types, 'multipart/mixed', 'multipart/report', 'multipart/encrypted'),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constant(long),
  ),
  parameters: fc.dictionary(fc.constantFrom('report-type', 'smime-type', 'name'), fieldValue),
  encoding: fc.constantFrom(...encodings),
  size: fc.nat(),
  disposition: fc.option(fc.constantFrom('inline', 'attachment', 'reaction', 'pinned'), { nil: undefined }),
  filename: fc.oneof(
    fc.constantFrom(undefined, long, `${long}/a`),
    fc.string({ unit: 'binary', maxLength: 20 }),
  ),
});

/** A structure that has nothing to do with the body: what servers make of broken mail differs. */
export const { structure: anyStructure } = fc.letrec<{ structure: BodyPart }>((tie) => ({
  structure: fc
    .tuple(
      leafStructure,
      fc.oneof({ maxDepth: 12 }, fc.constant([]), fc.array(tie('structure'), { maxLength: 3 })),
    )
    .map(([leaf, children]) => ({ ...leaf, children })),
}));
