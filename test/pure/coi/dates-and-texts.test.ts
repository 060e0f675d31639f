import { describe, expect, it } from 'vitest';
import { attachmentsOf } from '../../../shared/coi/body-structure.ts';
import { decodeCharset, decodeText, shorten } from '../../../shared/coi/decode-text.ts';
import { unflow } from '../../../shared/coi/flowed-text.ts';
import { parseMailDate } from '../../../shared/coi/mail-date.ts';
import { mentionsInHtml } from '../../../shared/coi/mentions.ts';
import { previewOf } from '../../../shared/coi/preview.ts';
import { readMail } from '../../../shared/coi/read-mail.ts';
import { mailFromEml } from '../../support/mail-from-eml.ts';

describe('a Date field', () => {
  it.each([
    ['Sat, 17 Aug 2019 13:48:13 +0200', '2019-08-17T11:48:13.000Z'],
    ['17 Aug 2019 11:48 -0030', '2019-08-17T12:18:00.000Z'],
    ['Sat, 17 Aug 2019 11:48:13 GMT', '2019-08-17T11:48:13.000Z'],
    ['Sat, 17 Aug 2019 11:48:13 EST', '2019-08-17T16:48:13.000Z'],
    ['Sat, 17 Aug 2019 11:48:13', '2019-08-17T11:48:13.000Z'],
    ['Sat, 17 Aug 2019 11:48:13 +0200 (CEST)', '2019-08-17T09:48:13.000Z'],
    ['Tue, 5 Dec 2019 0:00:00 +0100', '2019-12-04T23:00:00.000Z'],
    ['17 August 19 11:48:13 Z', '2019-08-17T11:48:13.000Z'],
    ['17 Aug 99 11:48:13 Z', '1999-08-17T11:48:13.000Z'],
    ['17 Aug 119 11:48:13 Z', '2019-08-17T11:48:13.000Z'],
  ])('%s is %s', (value, at) => {
    expect(new Date(parseMailDate(value) ?? 0).toISOString()).toBe(at);
  });

  it.each([
    undefined,
    '',
    'yesterday',
    '17 Foo 2019 11:48:13 Z',
    '32 Aug 2019 11:48:13 Z',
    '17 Aug 2019 25:48:13 Z',
    '1 Jan 1960 00:00:00 Z',
    '2019-08-17T11:48:13Z',
  ])('%s cannot be read', (value) => {
    expect(parseMailDate(value)).toBeUndefined();
  });
});

describe('text', () => {
  it('is cut between characters', () => {
    expect(shorten('a😀', 2)).toBe('a');
    expect(shorten('a😀', 3)).toBe('a😀');
    expect(previewOf('😀😀😀', 2)).toBe('😀😀…');
    expect(previewOf('> quoted alone\n\n', 9)).toBeUndefined();
  });

  it('has no control characters once decoded', () => {
    expect(decodeText('a\r\n\0b =?utf-8?Q?=00c?=')).toBe('a b  c');
  });

  it('is read in its charset, and as UTF-8 in one that nobody knows', () => {
    expect(decodeCharset(Buffer.from([0xfc]), 'windows-1252')).toBe('ü');
    expect(decodeCharset(Buffer.from('ü'), 'x-unknown')).toBe('ü');
  });

  it('is joined from flowed lines of one quote depth', () => {
    const text = ' >no quote \nbut text\n> quote \n>> deeper \n>> still\n-- \nBob';
    expect(unflow(text, { delSp: false })).toBe('>no quote but text\n> quote \n>> deeper still\n-- \nBob');
  });
});

describe('a mention in formatted text', () => {
  it.each([
    ['<a class="mention" href="mailto:alice%40example.test">A</a>', true],
    ["<A HREF='mailto:Alice@example.test?subject=x' CLASS='a mention b'>A</A>", true],
    ['<a class="mention" href="mailto:%E0%A4%A">A</a>', false],
    ['<a class="unmentioned" href="mailto:alice@example.test">A</a>', false],
    ['<a class="mention">A</a>', false],
    ['<a href="mailto:alice@example.test">A</a>', false],
  ])('%s: %s', (html, isMention) => {
    expect(mentionsInHtml(html, ['alice@example.test'])).toBe(isMention);
  });
});

describe('the attachments', () => {
  const part = (head: string) => `--b\r\n${head}\r\n\r\nx\r\n`;
  const mailOf = (type: string, ...heads: string[]) =>
    mailFromEml(Buffer.from(`Content-Type: ${type}; boundary=b\r\n\r\n${heads.map(part).join('')}--b--\r\n`));

  it('are all leaves but texts to read and signatures', () => {
    const mail = mailOf(
      'multipart/mixed',
      'Content-Type: text/plain',
      'Content-Type: text/plain; name="notes.txt"',
      'Content-Type: image/png\r\nContent-Disposition: inline; filename="a.png"',
      'Content-Type: application/pgp-signature',
      'Content-Type: message/rfc822',
    );
    expect(attachmentsOf(mail.structure)).toEqual([
      { part: '2', type: 'text/plain', filename: 'notes.txt', size: 1 },
      { part: '3', type: 'image/png', filename: 'a.png', size: 1 },
      { part: '5', type: 'message/rfc822', filename: undefined, size: 1 },
    ]);
  });

  it('of a report without a type show what it reports', () => {
    const account = { addresses: ['alice@example.test'] };
    const report = mailOf('multipart/report', 'Content-Type: message/global-delivery-status');
    expect(readMail(report, account).class).toBe('dsn');
    expect(readMail(mailOf('multipart/report', 'Content-Type: text/plain'), account).class).toBe('mail');
    // The header of the mail may have been cut off where the server still knows the structure.
    const { header } = mailFromEml(Buffer.from(''));
    expect(readMail({ ...report, header }, account).class).toBe('dsn');
  });
});
