import { describe, expect, it } from 'vitest';
import { attachmentsOf } from '../../../shared/coi/body-structure.ts';
import { decodeCharset } from '../../../shared/coi/decode-charset.ts';
import { decodeText, shorten } from '../../../shared/coi/decode-text.ts';
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

  it.each([
    ['windows-1252', [0x80, 0x93, 0x94, 0xfc], '€“”ü'],
    ['iso-8859-1', [0x93, 0xfc], '“ü'],
    ['koi8-r', [0xf0, 0xd2], 'Пр'],
    ['gb2312', [0xc4, 0xe3, 0xba, 0xc3], '你好'],
    ['big5', [0xa7, 0x41, 0xa6, 0x6e], '你好'],
    ['euc-kr', [0xbe, 0xc8], '안'],
    ['ks_c_5601-1987', [0xbe, 0xc8], '안'],
    ['shift_jis', [0x82, 0xb1], 'こ'],
    ['euc-jp', [0xa4, 0xb3], 'こ'],
    ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x33, 0x1b, 0x28, 0x42], 'こ'],
    ['utf-7', [0x2b, 0x41, 0x44, 0x77, 0x2d], '+ADw-'],
  ])('is read in %s', (charset, bytes, text) => {
    expect(decodeCharset(Buffer.from(bytes), charset)).toBe(text);
    const word = `=?${charset}?B?${Buffer.from(bytes).toString('base64')}?=`;
    expect(decodeText(word)).toBe(text);
  });

  it.each([
    ['=?utf-8?Q?a=C3?= =?utf-8?Q?=BC?=', 'aü'],
    ['=?utf-8?B?w7w=?=\r\n =?UTF-8?Q?_x?= y', 'ü x y'],
    ['=?iso-8859-1?Q?=FC?= =?utf-8?Q?=C3=BC?=', 'üü'],
    ['a =?utf-8*de?Q?b?= c =?utf-8?Q?d?=e', 'a b c de'],
    ['=?utf-8?Q?with blank ü?=', 'with blank ü'],
    ['=?utf-8?X?a?= =?utf-8?Q?a', '=?utf-8?X?a?= =?utf-8?Q?a'],
    ['=?utf-8?B??=', ''],
  ])('has its encoded words decoded: %s', (value, text) => {
    expect(decodeText(value)).toBe(text);
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
