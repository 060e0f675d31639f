import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPushPayload } from '../../../shared/coi/push-payload.ts';
import { readMail } from '../../../shared/coi/read-mail.ts';
import type { ReceivedMail } from '../../../shared/coi/received-mail.ts';
import { limits } from '../../../shared/core/limits.ts';
import { mailFromEml } from '../../support/mail-from-eml.ts';

const account = { addresses: ['alice@example.test'] };

/** All that is done with a mail when it comes, as the service does it. */
function payloadOf(mail: ReceivedMail): Buffer {
  const record = readMail(mail, account);
  return buildPushPayload({
    folder: mail.folder,
    uidValidity: mail.uidValidity,
    uid: mail.uid,
    date: record.date,
    fromEmail: record.from.address,
    fromName: record.from.name,
    subject: record.subject,
    messageId: record.messageId,
    groupId: record.conversation.groupId,
    contentType: mail.header.first('content-type'),
    contentEncoding: mail.header.first('content-transfer-encoding'),
    body: mail.body,
    extra: {
      account: 'account',
      conversation: record.conversation.id,
      kind: record.class,
      mention: record.mention,
      badge: 1,
      preview: record.preview,
    },
  });
}

function expectPayload(mail: ReceivedMail): void {
  const payload = payloadOf(mail);
  expect(payload.length).toBeLessThanOrEqual(limits.pushPayloadBytes);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
  expect(JSON.parse(text)).toMatchObject({ uid: 2 });
}

const fields = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID', 'References', 'In-Reply-To', 'Content-Type'],
  ...['Content-Disposition', 'Content-Transfer-Encoding', 'Chat-Content', 'Chat-Group-ID', 'Chat-Group-Name'],
  ...['Chat-Version', 'List-Id', 'List-Post', 'Disposition-Notification-To'],
];

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((values) => Buffer.from(values).toString('latin1'));

describe('a mail of any bytes', () => {
  it('gives a payload of valid JSON that fits, whatever header and body are', () => {
    const raw = fc.tuple(bytes(400), bytes(400)).map(([header, body]) => `${header}\r\n\r\n${body}`);
    fc.assert(fc.property(raw, (text) => expectPayload(mailFromEml(Buffer.from(text, 'latin1')))));
  });

  it('gives one too when the bytes are values of the fields that are read', () => {
    const words = fc.constantFrom(
      '=?utf-8?Q?',
      '?=',
      'multipart/mixed; boundary=b',
      '\r\n--b\r\n',
      '<chat$group.',
    );
    const value = fc.array(fc.oneof(words, bytes(30)), { maxLength: 8 }).map((parts) => parts.join(''));
    const field = fc.tuple(fc.constantFrom(...fields), value).map(([name, text]) => `${name}: ${text}\r\n`);
    const raw = fc.tuple(fc.array(field, { maxLength: 12 }), value);
    fc.assert(
      fc.property(raw, ([header, body]) =>
        expectPayload(mailFromEml(Buffer.from(`${header.join('')}\r\n${body}`, 'latin1'))),
      ),
      { numRuns: 500 },
    );
  });

  it('gives one for any text in a body of each encoding', () => {
    const encoding = fc.constantFrom('7bit', 'base64', 'quoted-printable', 'x-unknown');
    const type = fc.constantFrom(
      'text/plain; format=flowed; delsp=yes',
      'text/html',
      'text/plain; charset=utf-16',
    );
    const text = fc.string({ unit: 'binary', maxLength: 3_000 });
    fc.assert(
      fc.property(encoding, type, text, (cte, contentType, body) => {
        const head = `Content-Type: ${contentType}\r\nContent-Transfer-Encoding: ${cte}\r\n\r\n`;
        expectPayload(mailFromEml(Buffer.from(head + body)));
      }),
    );
  });
});

describe('a header of 64 kB', () => {
  const units = [
    ...['(', ')', '"', '\\', '<', '@', ',', ';', ':', ' ', '=', 'a', '\0', '\r', '\n', '\xfc', '='],
    ...[
      '\r\n ',
      ' .',
      ' @',
      '@ ',
      'a@',
      '@a',
      'a@b,',
      ';a=',
      ';a="',
      '\\"',
      ': ',
      '<a',
      'Re: ',
      're',
      'Re[1]: ',
    ],
    ...[
      '=?',
      '?=',
      '=?utf-8?Q?',
      '=?utf-8?Q?a?= ',
      '=?utf-8?B?',
      '=?a?b?',
      'mailto:',
      '<@',
      '"@"',
      '( ',
      ' a',
    ],
  ];
  const starts = ['', 'a@b ', '<@a', '=?utf-8?Q?', 'multipart/mixed; boundary="', '<mailto:'];

  it.each(fields)('is read in well under a second when %s is made to take long', (name) => {
    for (const start of starts) {
      for (const unit of units) {
        const value = start + unit.repeat(Math.floor(60_000 / unit.length));
        const mail = mailFromEml(Buffer.from(`${name}: ${value}\r\n\r\nbody`, 'latin1'));
        const before = process.cpuUsage();
        payloadOf(mail);
        const { user } = process.cpuUsage(before);
        expect(user, JSON.stringify([start, unit])).toBeLessThan(150_000);
      }
    }
  });
});

describe('a body of 4 kB', () => {
  it('is read in well under a second whatever it repeats', () => {
    const units = [
      '@',
      '@a:',
      '@"',
      '>',
      '> ',
      ' ',
      '\n',
      ':\n',
      '=',
      '=\n',
      '<a ',
      '<a class=',
      '--b\n',
      '-- \n',
      '--b\r\n\r\n',
    ];
    for (const type of ['text/plain; format=flowed', 'text/html', 'multipart/mixed; boundary=b']) {
      for (const unit of units) {
        const body = unit.repeat(Math.floor(limits.pushBodyBytes / unit.length));
        const mail = mailFromEml(Buffer.from(`Content-Type: ${type}\r\n\r\n${body}`));
        const before = process.cpuUsage();
        payloadOf(mail);
        expect(process.cpuUsage(before).user, JSON.stringify([type, unit])).toBeLessThan(200_000);
      }
    }
  });
});
