import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRawMail } from '../../../shared/coi/check-raw-mail.ts';
import { limits } from '../../../shared/core/limits.ts';

const own = ['alice@example.org', 'alice@alias.example'];
const header = [
  'From: Alice <alice@example.org>',
  'To: bob@example.org, Carol <carol@example.org>',
  'Message-ID: <abc@example.org>',
  'Date: Mon, 23 Nov 2026 01:02:03 +0000',
];
const mailOf = (lines: readonly string[], body = 'Hello\r\n') =>
  Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
const check = (raw: Buffer, to?: readonly string[]) => checkRawMail(raw, { own, to });
/** The fields that are found wrong; empty for a mail that may go. */
function problemsOf(raw: Buffer, to?: readonly string[]): readonly string[] {
  const checked = check(raw, to);
  return checked.kind === 'fit' ? [] : checked.problems.map(({ field, message }) => `${field} ${message}`);
}
const withField = (field: string) => mailOf([...header, field]);
const instead = (name: string, ...fields: readonly string[]) =>
  mailOf([...header.filter((line) => !line.startsWith(`${name}:`)), ...fields]);

describe('A mail that a client made', () => {
  it('goes as it is, to those its header names', () => {
    const raw = mailOf(header, 'Hello\r\n..dots\r\n.\r\n');
    expect(check(raw)).toEqual({
      kind: 'fit',
      mail: raw,
      messageId: '<abc@example.org>',
      recipients: ['bob@example.org', 'carol@example.org'],
    });
  });

  it('goes to those named apart, whatever its header says', () => {
    expect(check(mailOf(header), ['Dave@Example.org', 'dave@example.org'])).toMatchObject({
      recipients: ['dave@example.org'],
    });
  });

  it('counts To, Cc and Bcc together, each address once, and writes no Bcc', () => {
    const raw = mailOf([
      'Bcc: dave@example.org',
      ...header,
      'Cc: bob@example.org',
      'bCC: Eve <eve@example.org>,\r\n\tfrank@example.org',
      'Subject: Bcc: is only a word here',
      'BCC:',
    ]);
    expect(check(raw)).toMatchObject({
      mail: mailOf([...header, 'Cc: bob@example.org', 'Subject: Bcc: is only a word here']),
      recipients: [
        'bob@example.org',
        'carol@example.org',
        'dave@example.org',
        'eve@example.org',
        'frank@example.org',
      ],
    });
  });

  it('keeps a Bcc that is in its body', () => {
    const raw = mailOf(header, 'Bcc: dave@example.org\r\n');
    expect(check(raw)).toMatchObject({ mail: raw, recipients: ['bob@example.org', 'carol@example.org'] });
  });

  it('of Delta Chat hides its recipients, and needs them named', () => {
    const vector = readFileSync(new URL('../../vectors/delta-hidden-recipients.eml', import.meta.url));
    const raw = Buffer.from(vector.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
    const facts = { own: ['bob@example.test'], to: undefined };
    expect(checkRawMail(raw, facts)).toMatchObject({
      problems: [{ field: 'to', message: expect.stringContaining('?to=') }],
    });
    expect(checkRawMail(raw, { ...facts, to: ['alice@example.test'] })).toEqual({
      kind: 'fit',
      mail: raw,
      messageId: '<7d1f2c3e-58b0-4d8e-8f3c-2a9f6f1f7b10@localhost>',
      recipients: ['alice@example.test'],
    });
  });

  it('gets the line break after its last line, and nothing else', () => {
    expect(check(mailOf(header, 'no end'))).toMatchObject({ mail: mailOf(header, 'no end\r\n') });
    expect(check(mailOf(header, ''))).toMatchObject({ mail: mailOf(header, '') });
  });

  it.each([
    'From: alice@example.org',
    'From: <alice@example.org>',
    'From:\r\n Alice\r\n <ALICE@Example.org>',
    'From: "Alice, with a comma" <alice@alias.example>',
    'From: "A \\"quote\\"" <alice@example.org>',
    'From: =?utf-8?q?=C3=84lice?= <alice@example.org>',
  ])('may say %j', (field) => {
    expect(problemsOf(instead('From', field))).toEqual([]);
  });

  it.each([
    'From: mallory@example.org',
    'From: alice@example.org, mallory@example.org',
    'From: alice@example.org <mallory@example.org>',
    'From: mallory@example.org <alice@example.org>',
    'From: "x" <mallory@example.org> <alice@example.org>',
    'From: <alice@example.org> <mallory@example.org>',
    'From: (mallory@example.org) alice@example.org',
    'From: friends: alice@example.org;',
    'From: alice@example.org.evil.example',
    'From: "alice@example.org"',
    'From:',
  ])('may not say %j', (field) => {
    expect(problemsOf(instead('From', field))).toEqual([expect.stringMatching(/^From must be one address/)]);
  });

  it('may name a Sender only of the account', () => {
    expect(problemsOf(withField('Sender: alice@alias.example'))).toEqual([]);
    expect(problemsOf(withField('Sender: mallory@example.org'))).toEqual([
      expect.stringMatching(/^Sender must be/),
    ]);
  });

  it.each(['From', 'Message-ID', 'Date'])('needs a %s', (name) => {
    expect(problemsOf(instead(name))).toEqual([expect.stringMatching(new RegExp(`^${name} is missing`))]);
  });

  it.each([
    'From: alice@example.org',
    'message-id: <other@example.org>',
    'DATE: Mon, 23 Nov 2026 01:02:04 +0000',
    'To: eve@example.org',
  ])('is refused when %j comes a second time', (field) => {
    const [name = ''] = field.split(':');
    expect(problemsOf(withField(field)).map((problem) => problem.toLowerCase())).toEqual([
      `${name.toLowerCase()} is there more than once`,
    ]);
  });

  it.each([
    '',
    'abc@example.org',
    '<abc>',
    '<a b@example.org>',
    '<abc@example.org> <def@example.org>',
    '<@>',
  ])('is refused with the Message-ID %j', (id) => {
    expect(problemsOf(instead('Message-ID', `Message-ID: ${id}`))).toEqual([
      'Message-ID must have the form <unique@domain>',
    ]);
  });

  it('is refused with a Date that is none', () => {
    expect(problemsOf(instead('Date', 'Date: today'))).toEqual([expect.stringMatching(/^Date/)]);
  });

  it.each([
    'Received: from a by b',
    'Return-Path: <alice@example.org>',
    'Resent-From: mallory@example.org',
    'RESENT-BCC: dave@example.org',
    'Delivered-To: bob@example.org',
    'Authentication-Results: example.org; dkim=pass',
    'X-Microsoft-Original-Message-ID: <other@example.org>',
  ])('is refused with %j, which servers write', (field) => {
    expect(problemsOf(withField(field))).toEqual([expect.stringContaining('for mail servers to write')]);
  });

  it.each([
    ['a bare LF', 'X: a\nFrom: mallory@example.org', 'LF without CR'],
    ['a bare CR', 'X: a\rFrom: mallory@example.org', 'CR without LF'],
    ['a NUL', 'X: a\0b', 'a NUL'],
    ['a blank before the colon', 'From : mallory@example.org', 'no field'],
    ['a line without a colon', 'mallory', 'no field'],
    ['a line of blanks', 'X: a\r\n \t\r\n b', 'blanks only'],
    ['8-bit characters', 'Subject: Gr\u00fc\u00dfe', 'must be encoded'],
    ['a control character', 'Subject: a\u0001b', 'must be encoded'],
    ['a long line', `X: ${'x'.repeat(996)}`, 'more than 998 bytes in line 5'],
    ['too large a header', `X: ${'x\r\n '.repeat(limits.headerBytes / 4)}`, 'a header of more than'],
  ])('is refused with %s in its header', (_, field, why) => {
    expect(problemsOf(withField(field))).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['a bare LF', 'a\nb\r\n', 'LF without CR in line 6'],
    ['a bare CR', 'a\rb\r\n', 'CR without LF in line 6'],
    ['a CR at the end', 'a\r', 'CR without LF in line 6'],
    [
      'the LF of a smuggled mail',
      'a\r\n.\n\r\nMAIL FROM:<mallory@example.org>\r\n',
      'LF without CR in line 7',
    ],
    ['a NUL', 'a\0\r\n', 'a NUL in line 6'],
    ['a long line', `${'x'.repeat(999)}\r\n`, 'more than 998 bytes in line 6'],
    ['a long last line', 'x'.repeat(999), 'more than 998 bytes in line 6'],
  ])('is refused with %s in its body', (_, body, why) => {
    expect(problemsOf(mailOf(header, body))).toEqual([expect.stringContaining(why)]);
  });

  it('may have lines of 998 bytes', () => {
    expect(problemsOf(mailOf([...header, `X: ${'x'.repeat(995)}`], `${'x'.repeat(998)}\r\n`))).toEqual([]);
  });

  it('must say that its body has 8-bit characters', () => {
    const body = 'Gr\u00fc\u00dfe\r\n';
    const field = 'Content-Transfer-Encoding';
    expect(problemsOf(mailOf(header, body))).toEqual([expect.stringMatching(`^${field} must be 8bit`)]);
    expect(problemsOf(mailOf([...header, `${field}: base64`], body))).toHaveLength(1);
    expect(problemsOf(mailOf([...header, `${field}: 8bit`], body))).toEqual([]);
    expect(problemsOf(withField(`${field}: binary`))).toEqual([
      expect.stringContaining('must not be binary'),
    ]);
  });

  it('needs an empty line behind its header', () => {
    expect(problemsOf(Buffer.from(`${header.join('\r\n')}\r\n`))).toEqual([
      expect.stringContaining('empty line'),
    ]);
    expect(problemsOf(Buffer.alloc(0))).toEqual([expect.stringContaining('empty line')]);
  });

  it('has a limited size, and a limited number of recipients', () => {
    const filler = Buffer.alloc(limits.rawMailBytes, 'x\r\n');
    expect(problemsOf(Buffer.concat([mailOf(header), filler]))).toEqual([
      `body has more than ${limits.rawMailBytes} bytes`,
    ]);
    const many = Array.from({ length: limits.recipients + 1 }, (_, index) => `a${index}@example.org`);
    expect(problemsOf(mailOf(header), many)).toEqual(['to must be at most 100 addresses']);
    expect(problemsOf(mailOf(header), many.slice(1))).toEqual([]);
  });

  it.each(['"a b"@example.org', '<>'])('cannot go to %j', (to) => {
    expect(problemsOf(instead('To', `To: ${to}`))).toEqual([expect.stringMatching(/^to /)]);
  });

  it('names everything that is wrong at once', () => {
    const fields = problemsOf(mailOf(['To: bob@example.org', 'Received: x'])).map(
      (problem) => problem.split(' ')[0],
    );
    expect(fields.sort()).toEqual(['Date', 'From', 'Message-ID', 'received']);
  });

  it('is judged whatever bytes it has', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const raw = Buffer.concat([mailOf(header, ''), bytes]);
        const checked = check(raw);
        // What goes is what came.
        if (checked.kind === 'fit') expect(checked.mail.subarray(0, raw.length).equals(raw)).toBe(true);
        else expect(checked.problems.length).toBeGreaterThan(0);
      }),
    );
  });
});
