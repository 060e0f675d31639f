import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPushPayload } from '../../../shared/coi/push-payload.ts';
import { readMail } from '../../../shared/coi/read-mail.ts';
import type { ReceivedMail } from '../../../shared/coi/received-mail.ts';
import { limits } from '../../../shared/core/limits.ts';
import { bytes, readFields } from '../../support/arbitrary-mail.ts';
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
    const field = fc
      .tuple(fc.constantFrom(...readFields), value)
      .map(([name, text]) => `${name}: ${text}\r\n`);
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
      ';timeout=',
      ';filename*0=',
      ";filename*=a'b'%",
      '%f',
      '<a@b>',
      'a@b ',
      '\u2028',
      '<@',
      '"@"',
      '( ',
      ' a',
    ],
  ];
  const starts = ['', 'a@b ', '<@a', '=?utf-8?Q?', 'multipart/mixed; boundary="', '<mailto:', 'pinned;'];

  it.each(readFields)('is read in well under a second when %s is made to take long', (name) => {
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

describe('the body of a report, of which most is read', () => {
  const units = [
    ...['@', '@a:', '@"', '>', '> ', ' ', '\n', ':\n', '=', '=\n', '<a ', '<a class=', '--b\n', '-- \n'],
    ...['--b\r\n\r\n', '\n\n', '\n \n', '\n \t', 'Action: failed\n\n', 'Message-ID: <', 'message-id: '],
    ...[
      '<',
      '<!--',
      '</head',
      '<title',
      '<style>',
      '</style ',
      '&#',
      '&amp',
      '&a;',
      'p-latitude',
      '<p class="',
    ],
    ...[
      '<coordinates ',
      '<coordinates>1,',
      '😀 ',
      '👍',
      '\ud83d',
      '{"emoji":',
      '[',
      'Final-Recipient: rfc822;a@b ',
    ],
    ...['--b\nContent-Type: multipart/mixed; boundary=b\n\n', '--b\nContent-Type: text/html\n\n<a '],
  ];
  const types = [
    ...[
      'text/plain; format=flowed',
      'text/html',
      'multipart/mixed; boundary=b',
      'multipart/report; boundary=b',
    ],
    ...['message/delivery-status', 'message/disposition-notification', 'text/vnd.google.email-reaction+json'],
    'application/vnd.google-earth.kml+xml; name=message.kml',
  ];
  const heads = ['', 'Chat-Content: location\r\n', 'In-Reply-To: <a@b>\r\nContent-Disposition: reaction\r\n'];

  /** CPU time in µs, of reading alone. */
  function timeToRead(head: string, body: Buffer): number {
    const start = body.subarray(0, limits.reportBytes);
    const mail = { ...mailFromEml(Buffer.concat([Buffer.from(`${head}\r\n`), start])), bodyStart: start };
    const before = process.cpuUsage();
    readMail(mail, account);
    return process.cpuUsage(before).user;
  }

  it.each(types)('is read in well under a second as %s, whatever it repeats', (type) => {
    for (const head of heads) {
      for (const unit of units) {
        const body = Buffer.from(unit.repeat(Math.ceil(limits.reportBytes / unit.length)));
        const time = timeToRead(`${head}Content-Type: ${type}\r\n`, body);
        expect(time, JSON.stringify([head, unit])).toBeLessThan(400_000);
      }
    }
  });

  it.each(['message/delivery-status', 'message/disposition-notification', 'message/rfc822'])(
    'is read in well under a second with %s in it, whatever that repeats',
    (type) => {
      for (const unit of units) {
        const inside = unit.repeat(Math.ceil(limits.reportBytes / unit.length));
        const body = Buffer.from(`--r\r\nContent-Type: ${type}\r\n\r\n${inside}`);
        const time = timeToRead('Content-Type: multipart/report; boundary=r\r\n', body);
        expect(time, JSON.stringify(unit)).toBeLessThan(400_000);
      }
    },
  );
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
