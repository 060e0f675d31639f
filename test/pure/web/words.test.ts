import { describe, expect, it } from 'vitest';
import { deviceNameOf } from '../../../functions/web/app/device-name.ts';
import { withMentions, withoutAddresses } from '../../../functions/web/app/mentions.ts';
import { linesOf, linesWith } from '../../../functions/web/service-worker/lines.ts';
import { parseTold, shownOf, textOf } from '../../../functions/web/service-worker/told.ts';

const chat = { 'from-name': 'Bob', 'from-email': 'bob@example.test', 'msg-id': '<1@example.test>' };
const ours = (more: object = {}) => ({ 'x-coi-push': { conversation: 'd-1', kind: 'text', ...more } });

describe('a notification', () => {
  it.each([
    ['sender and text', { ...chat, content: 'Hi\r\n', ...ours() }, {}, ['Bob', 'Hi', 'd-1']],
    [
      'the address of who has no name',
      { 'from-email': 'b@x.test', content: 'Hi' },
      {},
      ['b@x.test', 'Hi', 'message'],
    ],
    [
      'the group, and who wrote',
      { ...chat, content: 'Hi', ...ours() },
      { group: 'Lake' },
      ['Lake', 'Bob: Hi', 'd-1'],
    ],
    [
      'a mention',
      { ...chat, content: 'Hi', ...ours({ mention: true }) },
      { group: 'Lake' },
      ['Lake', 'Bob mentions you: Hi', 'd-1'],
    ],
    ['first words only', { ...chat, ...ours({ preview: 'Shall we…' }) }, {}, ['Bob', 'Shall we…', 'd-1']],
    ['the sender only', { ...chat, ...ours() }, {}, ['Bob', 'New message', 'd-1']],
    ['what was read later', { ...chat, ...ours() }, { text: 'A long one' }, ['Bob', 'A long one', 'd-1']],
    ['a photo', { ...chat, ...ours({ kind: 'image' }) }, {}, ['Bob', 'Photo', 'd-1']],
    [
      'an encrypted one',
      { ...chat, ...ours({ kind: 'encrypted' }) },
      {},
      ['Bob', 'Encrypted message', 'd-1'],
    ],
    ['how many there were', { ...chat, ...ours({ count: 7 }) }, {}, ['Bob', '7 new messages', 'd-1']],
    [
      'a reaction',
      { ...chat, ...ours({ kind: 'reaction', emoji: '👍' }) },
      {},
      ['Bob', 'Reacted 👍 to your message', 'd-1'],
    ],
    ['that pushes are on', { validation: 'x' }, {}, ['Notifications are on', '', 'validation']],
    ['a test', ours({ kind: 'test' }), {}, ['This is a test', 'Notifications reach this device.', 'test']],
    [
      'a refused password',
      ours({ kind: 'account', status: 'login-refused' }),
      {},
      ['Sign in again', 'Your mailbox refuses the password.', 'account'],
    ],
    ['something, whatever came', parseTold('[not JSON'), {}, ['New message', 'New message', 'message']],
  ] as const)('shows %s', (_, told, known, [title, line, tag]) => {
    expect(shownOf(told, known)).toEqual({ title, line, tag });
  });

  it.each([
    ['quoted-printable', 'text/plain; charset=utf-8', 'Gr=C3=BC=C3=9Fe=\r\n!', 'Grüße!'],
    ['base64', 'text/plain; charset="utf-8"', 'R3LDvMOf\r\nZQ==', 'Grüße'],
    ['base64', 'text/plain; charset=iso-8859-1', 'R3L832U=', 'Grüße'],
    ['', 'text/plain; charset=utf-8; format=flowed; delsp=no', 'one \r\nline', 'one line'],
    ['', 'text/plain; charset=utf-8', '> what was said\r\nan answer', 'an answer'],
    ['', 'text/html', '<b>x</b>', ''],
    ['', 'multipart/mixed; boundary=x', '--x', ''],
    ['base64', 'text/plain; charset=no-such', 'R3Q=', ''],
    ['', '', 'Hi @"Alice A":alice@example.test!', 'Hi @Alice A!'],
  ])('reads %s %s', (encoding, type, content, text) => {
    expect(textOf({ content, 'content-encoding': encoding, 'content-type': type })).toBe(text);
  });
});

describe('the lines of a notification', () => {
  const line = (uid: string, text: string) => [`m${uid}`, uid, text] as const;
  const shownAfter = (pushes: readonly (readonly [string, string, string])[]) =>
    pushes.reduce<readonly unknown[]>((lines, each) => linesWith({ lines }, each), []);

  it('are in the order of the mailbox, though pushes overtake each other', () => {
    expect(shownAfter([line('7', 'b'), line('6', 'a'), line('10', 'c')])).toEqual([
      line('6', 'a'),
      line('7', 'b'),
      line('10', 'c'),
    ]);
  });

  it('are there once, though a push may come twice', () => {
    expect(shownAfter([line('6', 'a'), line('6', 'a')])).toEqual([line('6', 'a')]);
  });

  it('are the newest four', () => {
    expect(shownAfter(['1', '2', '3', '4', '5'].map((uid) => line(uid, uid)))).toHaveLength(4);
  });

  it('are none where a notification has none, or was not made here', () => {
    expect(linesOf(undefined)).toEqual([]);
    expect(linesOf({ lines: 'x' })).toEqual([]);
  });
});

describe('mentions', () => {
  const people = [
    { address: 'alice@example.test', name: 'Alice Archer' },
    { address: 'bob@example.test', name: 'Bob' },
    { address: 'c@example.test', name: null },
  ];
  it.each([
    ['@Bob: hi', '@Bob: hi'],
    ['hi @bob!', 'hi @Bob:bob@example.test!'],
    ['@Alice and @Alice Archer', '@"Alice Archer":alice@example.test and @"Alice Archer":alice@example.test'],
    ['bob@bob.test, @bobby', 'bob@bob.test, @bobby'],
  ])('get the address of who is meant: %s', (written, sent) =>
    expect(withMentions(written, people)).toBe(sent),
  );

  it.each([
    ['hi @Bob:bob@example.test!', 'hi @Bob!'],
    ['@"Alice Archer":alice@example.test, come', '@Alice Archer, come'],
    ['write to bob@example.test: now', 'write to bob@example.test: now'],
  ])('are shown by their names: %s', (sent, shown) => expect(withoutAddresses(sent)).toBe(shown));
});

describe('the name of a device', () => {
  const webkit = 'AppleWebKit/537.36 (KHTML, like Gecko)';
  it.each([
    ['Firefox, Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    ['Firefox, Android', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'],
    ['Chrome, Android', `Mozilla/5.0 (Linux; Android 10; K) ${webkit} Chrome/140.0.0.0 Mobile Safari/537.36`],
    [
      'Chrome, Mac',
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Chrome/140.0.0.0 Safari/537.36`,
    ],
    [
      'Edge, Windows',
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webkit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
    ],
    [
      'Safari, iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    ],
    ['Browser, web', 'Something/1.0'],
  ])('is %s', (name, agent) => expect(deviceNameOf(agent)).toBe(name));
});
