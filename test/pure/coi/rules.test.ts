import { describe, expect, it } from 'vitest';
import { parseAddresses } from '../../../shared/coi/addresses.ts';
import { alertFor } from '../../../shared/coi/alert.ts';
import { parseHeader } from '../../../shared/coi/header.ts';
import { groupIdOf, newMessageId, parseMessageIds } from '../../../shared/coi/message-id.ts';
import { hashOfKey, keyOfMail, messageKey } from '../../../shared/coi/message-key.ts';
import { limits } from '../../../shared/core/limits.ts';

describe('alertFor', () => {
  const now = Date.UTC(2026, 2, 14);
  const mail = { class: 'chat', seen: false, receivedAt: now, mention: false, call: false } as const;
  const facts = {
    now,
    mutedUntil: undefined,
    mentionOnly: false,
    contact: 'normal',
    sender: 'known',
    unknownSenders: 'all',
    quietHours: undefined,
  } as const;
  // The clocks of UTC show midnight.
  const night = { from: '23:00', to: '07:30', timeZone: 'UTC' };

  it.each([
    ['chat', 'chat', 'high'],
    ['mail', 'mail', 'normal'],
  ] as const)('tells of %s as %s, with %s urgency', (kind, msgtype, urgency) => {
    const alert = { kind: 'alert', msgtype, urgency, ttlSeconds: limits.alertTtlSeconds };
    expect(alertFor({ ...mail, class: kind }, facts)).toEqual(alert);
  });

  it.each([
    ...(['ignored', 'mdn', 'dsn', 'sync', 'own', 'handshake', 'post'] as const),
    ...(['storage', 'edit', 'delete', 'reaction', 'event'] as const),
  ])('is silent about %s, even when it mentions the account', (kind) => {
    const silence = { kind: 'silent', reason: 'class' };
    expect(alertFor({ ...mail, class: kind, mention: true }, facts)).toEqual(silence);
  });

  it('is silent about read mail', () => {
    expect(alertFor({ ...mail, seen: true }, facts)).toEqual({ kind: 'silent', reason: 'seen' });
  });

  it('is silent about mail older than a day', () => {
    const of = (age: number) => alertFor({ ...mail, receivedAt: now - age }, facts);
    expect(of(limits.alertAgeMs)).toMatchObject({ kind: 'alert' });
    expect(of(limits.alertAgeMs + 1)).toEqual({ kind: 'silent', reason: 'old' });
  });

  it.each([
    [{ mutedUntil: now + 1 }, false, 'silent'],
    [{ mutedUntil: now + 1 }, true, 'alert'],
    [{ mutedUntil: now }, false, 'alert'],
    [{ mentionOnly: true }, false, 'silent'],
    [{ mentionOnly: true }, true, 'alert'],
    [{ contact: 'muted' as const }, false, 'silent'],
    [{ contact: 'muted' as const }, true, 'alert'],
  ])('muted as %o, with a mention %s: %s', (muted, mention, kind) => {
    expect(alertFor({ ...mail, mention }, { ...facts, ...muted }).kind).toBe(kind);
  });

  it('is silent about the blocked, whatever they mention', () => {
    const blocked = alertFor({ ...mail, mention: true }, { ...facts, contact: 'blocked' });
    expect(blocked).toEqual({ kind: 'silent', reason: 'blocked' });
  });

  it.each([
    ['all', 'new', 'alert'],
    ['all', 'unknown', 'alert'],
    ['once', 'new', 'alert'],
    ['once', 'unknown', 'silent'],
    ['none', 'new', 'silent'],
    ['none', 'unknown', 'silent'],
    ['none', 'known', 'alert'],
  ] as const)('where unknown senders may ring %s, one that is %s: %s', (unknownSenders, sender, kind) => {
    const alert = alertFor({ ...mail, mention: true }, { ...facts, unknownSenders, sender });
    expect(alert.kind).toBe(kind);
    if (kind === 'alert' && sender !== 'known') expect(alert).toMatchObject({ urgency: 'normal' });
  });

  it('asks for ordinary mail not who sent it', () => {
    const stranger = { ...facts, unknownSenders: 'none', sender: 'new' } as const;
    expect(alertFor({ ...mail, class: 'mail' }, stranger).kind).toBe('alert');
  });

  it.each([{ mention: true }, { call: true }, { class: 'mail' as const }])(
    'holds back until quiet hours are over what would alert: %o',
    (more) => {
      const quiet = alertFor({ ...mail, ...more }, { ...facts, quietHours: night });
      const alert = alertFor({ ...mail, ...more }, facts);
      expect(quiet).toEqual({ kind: 'quiet', until: now + 7.5 * 3_600_000, alert });
    },
  );

  it.each([
    ['blocked before all else', { contact: 'blocked' }, {}, 'blocked'],
    ['muted before unknown, old and quiet', { contact: 'muted' }, {}, 'muted'],
    [
      'a mention lifts the mute, and the sender is unknown still',
      { contact: 'muted' },
      { mention: true },
      'unknown-sender',
    ],
    ['old before quiet', { sender: 'known' }, {}, 'old'],
  ] as const)('goes by its rules in order: %s', (_, more, mailMore, reason) => {
    const worst = { ...facts, sender: 'new', unknownSenders: 'none', quietHours: night } as const;
    const old = { ...mail, receivedAt: now - limits.alertAgeMs - 1, ...mailMore };
    expect(alertFor(old, { ...worst, ...more })).toEqual({ kind: 'silent', reason });
  });

  it('keeps a call no longer than it rings, but an ordinary mail that claims to be one like others', () => {
    expect(alertFor({ ...mail, call: true }, facts)).toMatchObject({ ttlSeconds: limits.callTtlSeconds });
    const ordinary = alertFor({ ...mail, class: 'mail', call: true }, facts);
    expect(ordinary).toMatchObject({ ttlSeconds: limits.alertTtlSeconds });
  });
});

describe('messageKey', () => {
  it.each([
    [0, '000000000'],
    [36 ** 9 - 1, 'zzzzzzzzz'],
    [36 ** 9, 'zzzzzzzzz'],
    [Number.MAX_VALUE, 'zzzzzzzzz'],
    [-1, '000000000'],
    [Number.NaN, '000000000'],
    [1.9, '000000001'],
  ])('has nine digits of time whatever a server claims: %d', (at, digits) => {
    const key = messageKey(at, '<a@b>');
    expect(key).toMatch(/^[0-9a-z]{9}#[\w-]{8}$/);
    expect(key.slice(0, 9)).toBe(digits);
  });

  it('sorts by time, and knows a message at any time', () => {
    expect(messageKey(35, '<a@b>') < messageKey(36, '<a@b>')).toBe(true);
    expect(hashOfKey(messageKey(1, '<a@b>'))).toBe(hashOfKey(messageKey(2, '<a@b>')));
    expect(hashOfKey(messageKey(1, '<a@b>'))).not.toBe(hashOfKey(messageKey(1, '<c@d>')));
  });

  it.each([
    ['the later of two that came in one second is the later one', 10_000, 7_000, 10_000, 8_000],
    ['the second in which they came weighs more than any date', 10_000, 999_999_000, 11_000, -999_999_000],
    ['one without a date came when it was sent', 10_000, 9_000, 10_000, undefined],
    ['one without a date is before one of the next second', 10_000, undefined, 10_000, 11_000],
  ])('keeps mails in order: %s', (_, receivedAt, date, laterReceivedAt, laterDate) => {
    const earlier = keyOfMail({ receivedAt, date, messageId: '<z@b>' });
    const later = keyOfMail({ receivedAt: laterReceivedAt, date: laterDate, messageId: '<a@b>' });
    expect(earlier < later).toBe(true);
  });
});

describe('parseAddresses', () => {
  it.each([
    ['a@x.test, b@x.test', ['a@x.test', 'b@x.test']],
    ['a@x.test; b@x.test;', ['a@x.test', 'b@x.test']],
    ['A@X.test, a@x.TEST', ['a@x.test']],
    ['"hidden-recipients": ;', []],
    ['friends: a@x.test, B <b@x.test>;, c@x.test', ['a@x.test', 'b@x.test', 'c@x.test']],
    ['"a@x.test, b@x.test" <c@x.test>', ['c@x.test']],
    ['(a@x.test) b@x.test', ['b@x.test']],
    ['<@r.test,@s.test:a@x.test>', ['a@x.test']],
    ['"a b"@x.test', ['"a b"@x.test']],
    ['a @ x . test', ['a@x.test']],
    ['<a@x.test', ['a@x.test']],
    ['"unclosed <a@x.test>', ['a@x.test']],
    ['(unclosed <a@x.test>', ['a@x.test']],
    ['"quoted \\" quote" <a@x.test>', ['a@x.test']],
    ['(nested (comment)) a@x.test', ['a@x.test']],
    ['nobody, <>, @, a@, @x.test', []],
    ['<"a,b"@x.test>', ['"a,b"@x.test']],
    ['a@x.test <a@y.test', ['a@y.test']],
  ])('finds in %s: %o', (value, addresses) => {
    expect(parseAddresses(value).map(({ address }) => address)).toEqual(addresses);
  });

  it.each([
    ['Bob <a@x.test>', 'Bob'],
    ['a@x.test (Bob)', 'Bob'],
    ['"Bee, Bob" <a@x.test>', 'Bee, Bob'],
    ['=?utf-8?Q?J=C3=BCrgen?= <a@x.test>', 'Jürgen'],
    ['<a@x.test>', undefined],
  ])('takes the name from %s', (value, name) => {
    expect(parseAddresses(value)).toEqual([{ address: 'a@x.test', name }]);
  });

  it('keeps no more than it should', () => {
    const many = Array.from({ length: limits.addressesPerMail + 1 }, (_, at) => `a${at}@x.test`).join(',');
    expect(parseAddresses(many)).toHaveLength(limits.addressesPerMail);
  });
});

describe('message ids', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['<a@b> <c@d>', ['<a@b>', '<c@d>']],
    ['<a@b><c@d>', ['<a@b>', '<c@d>']],
    ['<a@b <c@d', ['<a@b>', '<c@d>']],
    ['a@b, c@d', ['<a@b>', '<c@d>']],
    ['your mail of Monday', []],
    ['< a@b >', ['<a@b>']],
  ])('are found in %s', (value, ids) => {
    expect(parseMessageIds(value)).toEqual(ids);
  });

  it('are at most a hundred of one field', () => {
    expect(parseMessageIds('<a@b>'.repeat(limits.messageIds + 1))).toHaveLength(limits.messageIds);
  });

  it.each([
    [`<chat$group.${'g'.repeat(128)}.u@x.test>`, 'g'.repeat(128)],
    [`<chat$group.${'g'.repeat(129)}.u@x.test>`, undefined],
    ['<chat$group.a.u@x.test>', 'a'],
    ['<chat$group.a@x.test>', undefined],
    ['<coi$group.Abc.u@x.test>', 'Abc'],
    [undefined, undefined],
  ])('name a group: %s', (id, group) => {
    expect(groupIdOf(id)).toBe(group);
  });

  it('are made of randomness alone, and have at most 100 bytes', () => {
    const random = Buffer.alloc(32, 0xff);
    expect(newMessageId({ random, domain: 'x.test' })).toBe(`<chat$${'_'.repeat(21)}w@x.test>`);
    expect(newMessageId({ random, domain: 'bücher.test' })).toContain('@xn--bcher-kva.test>');
    expect(newMessageId({ random, domain: '' })).toContain('@localhost>');
    const long = newMessageId({ random, domain: `${'sub.'.repeat(30)}x.test`, groupId: 'g'.repeat(20) });
    expect(long.length).toBeLessThanOrEqual(100);
    expect(long.endsWith('.x.test>')).toBe(true);
    expect(groupIdOf(long)).toBe('g'.repeat(20));
  });
});

describe('parseHeader', () => {
  it('finds fields without regard to case, unfolded, each of them', () => {
    const header = parseHeader(
      Buffer.from('A: 1\r\n folded\r\na:2\r\nno field\r\n: none\r\nB:\r\n\r\nC: body'),
    );
    expect(header.all('A')).toEqual(['1 folded', '2']);
    expect(header.first('b')).toBe('');
    expect([header.has('C'), header.has('no field'), header.has('')]).toEqual([false, false, false]);
    expect(header.all('missing')).toEqual([]);
  });

  it('reads bare line feeds, and nothing after a leading empty line', () => {
    expect(parseHeader(Buffer.from('A: 1\nB: 2\n\nC: 3')).first('B')).toBe('2');
    expect(parseHeader(Buffer.from('\r\nA: 1')).has('A')).toBe(false);
  });

  it('looks at the first 64 kB alone', () => {
    const padding = `P: ${'x'.repeat(limits.headerBytes)}\r\n`;
    const header = parseHeader(Buffer.from(`A: 1\r\n${padding}B: 2\r\n\r\n`));
    expect([header.has('A'), header.has('P'), header.has('B')]).toEqual([true, true, false]);
  });
});
