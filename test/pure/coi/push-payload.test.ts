import { describe, expect, it } from 'vitest';
import {
  buildPushPayload,
  buildStatusPayload,
  type PushPayloadInput,
} from '../../../shared/coi/push-payload.ts';
import { limits } from '../../../shared/core/limits.ts';

/** A mail of which nothing is told but what a test gives. */
function inputOf(members: Partial<PushPayloadInput>): PushPayloadInput {
  const nothing = {
    folder: undefined,
    uidValidity: undefined,
    uid: undefined,
    date: undefined,
    fromEmail: undefined,
    fromName: undefined,
    subject: undefined,
    messageId: undefined,
    groupId: undefined,
    contentType: undefined,
    contentEncoding: undefined,
    body: undefined,
  };
  return { ...nothing, ...members };
}

function textOf(members: Partial<PushPayloadInput>, limitBytes?: number): string {
  return buildPushPayload(inputOf(members), limitBytes).toString('utf8');
}

const a = (count: number) => 'a'.repeat(count);

describe('a value of at most 100 escaped bytes', () => {
  it.each([
    ['100 letters stay', a(100), a(100)],
    ['101 letters are cut', a(101), `${a(100)}…`],
    ['98 letters and an umlaut stay', `${a(98)}ä`, `${a(98)}ä`],
    ['99 letters and an umlaut are cut before it', `${a(99)}ä`, `${a(99)}…`],
    ['98 letters and a quote stay', `${a(98)}"`, `${a(98)}"`],
    ['99 letters and a quote are cut before it', `${a(99)}"`, `${a(99)}…`],
    ['fifty quotes stay', '"'.repeat(50), '"'.repeat(50)],
    ['fifty-one quotes are cut to fifty', '"'.repeat(51), `${'"'.repeat(50)}…`],
    ['25 emoji stay', '😀'.repeat(25), '😀'.repeat(25)],
    ['26 emoji are cut to 25', '😀'.repeat(26), `${'😀'.repeat(25)}…`],
    ['an emoji that would be split is left out whole', `${a(97)}😀`, `${a(97)}…`],
    ['a control character counts as the six bytes of its escape', `${a(94)}\u0001`, `${a(94)}\u0001`],
    ['an escape that would be split is left out whole', `${a(95)}\u0001`, `${a(95)}…`],
    ['half a character counts as its escape', `${a(94)}\ud83d`, `${a(94)}\ud83d`],
  ])('%s', (_, given, told) => {
    for (const [member, name] of [
      ['fromName', 'from-name'],
      ['subject', 'subject'],
      ['messageId', 'msg-id'],
    ] as const) {
      expect(JSON.parse(textOf({ [member]: given }))).toEqual({ [name]: told });
    }
  });

  it('is left out when it is empty', () => {
    expect(textOf({ folder: '', fromEmail: '', fromName: '', subject: '', messageId: '', groupId: '' })).toBe(
      '{}',
    );
  });

  it('is the address in lower case, cut alike', () => {
    expect(textOf({ fromEmail: 'Bob@Example.TEST' })).toBe('{"from-email":"bob@example.test"}');
    expect(textOf({ fromEmail: a(101).toUpperCase() })).toBe(`{"from-email":"${a(100)}…"}`);
  });
});

describe('a value that means something only as a whole', () => {
  it.each([
    ['folder', 200, 'folder'],
    ['groupId', 128, 'group-id'],
  ] as const)('is told up to its limit and left out above: %s of %i bytes', (member, bytes, name) => {
    expect(textOf({ [member]: a(bytes) })).toBe(`{"${name}":"${a(bytes)}"}`);
    expect(textOf({ [member]: a(bytes + 1) })).toBe('{}');
    expect(textOf({ [member]: `${a(bytes - 1)}"` })).toBe('{}');
  });
});

describe('the date', () => {
  it.each([
    [Date.UTC(2019, 7, 17, 11, 48, 13), '{"date":"2019-08-17T11:48:13+00:00"}'],
    [0, '{"date":"1970-01-01T00:00:00+00:00"}'],
    [Date.UTC(9999, 11, 31, 23, 59, 59, 999), '{"date":"9999-12-31T23:59:59+00:00"}'],
    [Date.UTC(10_000, 0), '{}'],
    [-1, '{}'],
    [Number.NaN, '{}'],
    [Number.POSITIVE_INFINITY, '{}'],
  ])('%d is told as %s', (date, told) => {
    expect(textOf({ date })).toBe(told);
  });
});

describe('the content', () => {
  const place = { folder: 'INBOX', uidValidity: 1, uid: 2, subject: 'foo' };

  it('is told while the whole object has 3993 bytes, and left out whole when it has more', () => {
    const fitting = buildPushPayload(inputOf({ ...place, body: Buffer.from(a(3922)) }));
    expect(fitting).toHaveLength(3993);
    expect(fitting.toString('utf8')).toContain(`"content":"${a(3922)}"`);
    const type = 'text/plain; format=flowed';
    for (const contentType of [undefined, type]) {
      expect(textOf({ ...place, contentType, contentEncoding: 'base64', body: Buffer.from(a(3923)) })).toBe(
        '{"folder":"INBOX","uidvalidity":1,"uid":2,"subject":"foo"}',
      );
    }
  });

  it.each([
    ['holds a NUL', Buffer.from('a\0b')],
    ['is no UTF-8', Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65])],
    ['ends within a character', Buffer.from('ü').subarray(0, 1)],
    ['is larger than a push body', Buffer.alloc(limits.pushBodyBytes + 1, 'a')],
  ])('is left out with its type and encoding when it %s', (_, body) => {
    expect(textOf({ contentType: 'text/html', contentEncoding: 'base64', body }, 10_000)).toBe('{}');
  });

  it('is told as transferred', () => {
    expect(textOf({ contentEncoding: 'base64', body: Buffer.from('R3LDvMOfZQ==\r\n') })).toBe(
      '{"content-encoding":"base64","content":"R3LDvMOfZQ==\\r\\n"}',
    );
  });

  it('keeps a byte order mark, and may be empty', () => {
    expect(JSON.parse(textOf({ body: Buffer.from('\ufeffa') }))).toEqual({ content: '\ufeffa' });
    expect(textOf({ body: Buffer.alloc(0) })).toBe('{"content":""}');
  });

  it.each([
    undefined,
    '',
    ' ',
    'text/plain',
    'TEXT/Plain; charset=UTF-8',
    'text/plain; charset="utf-8"',
    'text/plain;charset=utf8;',
    'text/plain; charset=us-ascii',
    'text/plain; charset=ASCII',
  ])('is plain text without saying so: %s', (contentType) => {
    expect(textOf({ contentType, body: Buffer.from('a') })).toBe('{"content":"a"}');
  });

  it.each([
    'text/html',
    'text/plain; charset=iso-8859-1',
    'text/plain; format=flowed',
    'text/plain; charset=utf-8; format=flowed',
    'text/plain; x-charset=utf-8',
    'multipart/mixed; boundary=b',
  ])('comes with any other type: %s', (contentType) => {
    expect(JSON.parse(textOf({ contentType, body: Buffer.from('a') }))).toEqual({
      'content-type': contentType,
      content: 'a',
    });
  });

  it('comes with at most 200 bytes of a type, and 100 of an encoding', () => {
    const told = JSON.parse(
      textOf({ contentType: `text/${a(300)}`, contentEncoding: a(300), body: Buffer.from('a') }),
    );
    expect(told).toEqual({
      'content-type': `text/${a(195)}…`,
      'content-encoding': `${a(100)}…`,
      content: 'a',
    });
  });

  it.each([undefined, '', '7bit', '8BIT', ' 7bit '])(
    'says nothing of an encoding that is none: %s',
    (contentEncoding) => {
      expect(textOf({ contentEncoding, body: Buffer.from('a') })).toBe('{"content":"a"}');
    },
  );
});

describe('the object', () => {
  const extra = {
    account: 'acc',
    conversation: 'd-1',
    kind: 'chat',
    mention: false,
    badge: 3,
    message: 'm',
    preview: a(101),
  };
  const full = {
    folder: 'INBOX',
    uidValidity: 1,
    uid: 4_294_967_295,
    date: 0,
    fromEmail: 'b@c',
    fromName: 'B',
    subject: 's',
    messageId: '<i@j>',
    groupId: 'gid',
    contentType: 'text/html',
    contentEncoding: 'base64',
    body: Buffer.from('YQ=='),
    extra,
  };

  it('has its members in the order of Dovecot, and ours after them', () => {
    expect(textOf(full)).toBe(
      '{"folder":"INBOX","uidvalidity":1,"uid":4294967295,"date":"1970-01-01T00:00:00+00:00",' +
        '"from-email":"b@c","from-name":"B","subject":"s","msg-id":"<i@j>","group-id":"gid",' +
        '"content-type":"text/html","content-encoding":"base64","content":"YQ==",' +
        '"x-coi-push":{"account":"acc","conversation":"d-1","kind":"chat","mention":false,"badge":3,' +
        `"message":"m","preview":"${a(100)}…"}}`,
    );
  });

  it('leaves out members of ours that are not known', () => {
    const { message: _m, preview: _p, ...known } = extra;
    expect(textOf({ extra: known })).toBe(
      '{"x-coi-push":{"account":"acc","conversation":"d-1","kind":"chat","mention":false,"badge":3}}',
    );
  });

  it('loses its longest words next, and tells still who wrote', () => {
    const { preview: _p, ...known } = extra;
    const small = textOf({ ...full, body: undefined });
    const bytes = Buffer.byteLength(small);
    expect(textOf(full, bytes)).toBe(small);
    expect(textOf(full, bytes - 1)).toBe(
      '{"uidvalidity":1,"uid":4294967295,"date":"1970-01-01T00:00:00+00:00","from-email":"b@c","msg-id":"<i@j>",' +
        `"x-coi-push":${JSON.stringify(known)}}`,
    );
  });

  it('fits into any limit that has room for its place, with its longest members too', () => {
    const long = { folder: a(198), fromEmail: a(101), fromName: a(101), subject: a(101), messageId: a(101) };
    for (let limit = 34; limit < 4000; limit += 9)
      expect(buildPushPayload(inputOf({ ...full, ...long }), limit).length).toBeLessThanOrEqual(limit);
  });

  it('loses its content first when it is too long, and in the end all but the place', () => {
    const whole = buildPushPayload(inputOf(full)).length;
    expect(JSON.parse(textOf(full, whole))).toHaveProperty('content');
    const small = JSON.parse(textOf(full, whole - 1));
    expect(small).not.toHaveProperty('content');
    expect(small).toHaveProperty('x-coi-push');
    expect(textOf(full, 100)).toBe('{"uidvalidity":1,"uid":4294967295}');
  });
});

describe('the payload of news of an account', () => {
  it('has our member alone, and names nobody', () => {
    expect(buildStatusPayload({ account: 'a"c', status: 'login-refused' }).toString()).toBe(
      '{"x-coi-push":{"account":"a\\"c","kind":"account","status":"login-refused"}}',
    );
  });
});
