import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Card, cardPage, emptyCard, readCard } from '../../../shared/address-book/card.ts';
import { type GroupCard, groupPage, readGroupCard } from '../../../shared/address-book/group-card.ts';
import { isMuted, notificationText, readNotification } from '../../../shared/address-book/notification.ts';
import { isPhoto, photoOf } from '../../../shared/address-book/photo.ts';
import { readMicroformats } from '../../../shared/address-book/read-microformats.ts';
import { limits } from '../../../shared/core/limits.ts';

/** The smallest picture there is: one transparent dot. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const photo = { type: 'image/png', content: dot };

/** Written after the example in the COI client spec, with its oddities: broken lines, a year left out, a comma list. */
const contactPage = `<html>
<body style="font-family: sans">
<p class="h-card" style="white-space: nowrap">
<img class="u-photo" alt="" style="float: left" src="data:image/png;base64,
  ${dot.toString('base64').replace(/.{40}/g, '$&\n  ')}">
<span class="p-name">Jane &amp; Joe</span><br>
Nickname: <span class="p-nickname">JJ</span><br>
Email: <span class="u-email">jane@example.org</span><br>
Email: <a class="u-email" href="mailto:joe@example.org">Joe</a><br>
<span class="p-status">gone   fishing...</span>
<span class="p-category" style="display: none">friend, work</span>
<time class="dt-bday" style="display: none">--12-09</time>
<span class="u-key" style="display: none">mQENBFx/+a==</span>
<span class="p-notification" style="display: none">enabled=true;
 types=sound,banner;sounds=friend;filters=message,mention</span>
</p>
</body>
</html>
`;

describe('a card', () => {
  it('is read with all the spec names', () => {
    expect(readCard(contactPage)).toEqual({
      name: 'Jane & Joe',
      nickname: 'JJ',
      emails: ['jane@example.org', 'joe@example.org'],
      photo,
      status: 'gone fishing...',
      categories: ['friend', 'work'],
      birthday: '--12-09',
      notification: {
        enabled: true,
        types: ['sound', 'banner'],
        sounds: ['friend'],
        filters: ['message', 'mention'],
        other: [],
      },
      other: [{ name: 'u-key', value: 'mQENBFx/+a==' }],
    });
  });

  it.each([
    ['<div class="h-card"><p class="p-hash">0</p><span class="P-NAME">Ann</span></div>', 'Ann'],
    ['<p class=h-card><p class="p-hash">0</p><b class="p-name">Ann</b></p>', 'Ann'],
    ['<p class="x  h-card y">\n<span class="p-name">Ann<br> <i>Other</i></span>', 'Ann Other'],
    [
      '<div class="h-group"><div class="e-participants"><p class="h-card"><i class="p-name">Ann</i></p></div></div>',
      'Ann',
    ],
    [
      '<div class=h-card><span class="p-name"><script>bad()</script>Ann<style>x{}</style></span></div>',
      'Ann',
    ],
    ['<div class="h-card"><span class="p-name">&lt;b&gt;Ann&lt;/b&gt;</span></div>', '<b>Ann</b>'],
    ['<div class="h-card"><span class="p-name">Ann', 'Ann'],
    ['<div class="h-card"></div>', undefined],
  ])('is read from %s', (html, name) => {
    expect(readCard(html)).toMatchObject({ name });
  });

  it.each(['', 'Bob', '<p class="card">Bob</p>', '<p class="h-cards">Bob</p>', '<b class="p-name">Bob</b>'])(
    'is not read from %j',
    (html) => {
      expect(readCard(html)).toBeUndefined();
    },
  );

  it('takes the status from the name the spec gave it before', () => {
    expect(readCard('<p class="h-card"><span class="x-coi-status">away</span></p>')?.status).toBe('away');
  });

  it.each([
    ['elsewhere', 'https://tracker.example.org/x.png'],
    ['that may hold scripts', `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`],
    ['that is none', `data:image/png;base64,${Buffer.from('hello').toString('base64')}`],
  ])('keeps a picture %s as it is, and does not show it', (_, url) => {
    const card = readCard(`<p class="h-card"><img class="u-photo" src="${url}"></p>`);
    expect(card).toMatchObject({ photo: undefined, other: [{ name: 'u-photo', value: url }] });
    const written = cardPage(card ?? emptyCard);
    expect(written).not.toContain('<img');
    expect(readCard(written)).toEqual(card);
  });

  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .map((value) => value.replace(/[\s\p{Cc}]+/gu, ' ').trim())
    .filter((value) => value !== '');
  // Blanks in a row are one to a reader of HTML, also where a separator was taken from between them.
  const word = text.map((value) => value.replace(/[\s,;=]+/g, ' ').trim()).filter((value) => value !== '');
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const notification = fc.record({
    enabled: fc.boolean(),
    types: fc.array(word, { maxLength: 3 }),
    sounds: fc.array(word, { maxLength: 3 }),
    filters: fc.array(word, { maxLength: 3 }),
    other: fc.constantFrom([], ['com_example_tone=7']),
  });
  const anyCard: fc.Arbitrary<Card> = fc.record({
    name: optional(text),
    nickname: optional(text),
    emails: fc.uniqueArray(
      text.filter((value) => !/^mailto:/i.test(value)),
      { maxLength: 3 },
    ),
    photo: fc.constantFrom(undefined, photo),
    status: optional(text),
    categories: fc.uniqueArray(word, { maxLength: 3 }),
    birthday: fc.constantFrom(undefined, '--12-09', '1998-12-24'),
    notification: optional(notification),
    other: fc.array(fc.record({ name: fc.constantFrom('p-org', 'u-key', 'dt-anniversary'), value: text }), {
      maxLength: 3,
    }),
  });

  it('is read as it was written, whatever its texts are', () => {
    fc.assert(
      fc.property(anyCard, (card) => {
        const page = cardPage(card);
        expect(readCard(page)).toEqual(card);
        expect(page).not.toMatch(/<script|<iframe|javascript:<|\son\w+="/i);
      }),
    );
  });

  it('of a group is read as it was written', () => {
    const anyGroup: fc.Arbitrary<GroupCard> = fc.record({
      id: optional(fc.constantFrom('1234abcd4321', 'Gkz81hQmx2W')),
      name: optional(text),
      description: optional(text),
      photo: fc.constantFrom(undefined, photo),
      notification: optional(notification),
      participants: fc.array(anyCard, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(anyGroup, (group) => {
        expect(readGroupCard(groupPage(group))).toEqual(group);
      }),
    );
  });

  it('is looked for in any bytes, and no more is read than a page may have', () => {
    const pieces = [
      '<p class="h-card">',
      '<p>',
      '</p>',
      '<b class="p-name">',
      '<div class="h-group">',
      '</div>',
      '<i>',
      '</u>',
      'x',
      '<!--',
      '&#0;',
      '<svg>',
      '"',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 200 }), (parts) => {
        readCard(parts.join(''));
        readGroupCard(parts.join(''));
      }),
    );
    for (const opening of ['<i>', '<b class="p-name">x', '<p class="h-card">', '<p', '</i>']) {
      const hostile = opening.repeat(limits.contactMailBytes / opening.length) + '</u>'.repeat(10_000);
      expect(readMicroformats(hostile).length).toBeLessThanOrEqual(limits.microformats);
    }
  });
});

describe('the card of a group', () => {
  it('is read with its id and all its members from paragraphs within paragraphs, as the spec writes them', () => {
    const group = readGroupCard(`<html><body>
 <p class="h-group">
  Name: <span class="p-name">My Crew</span><br/>
  <p class="P-Id" style="display: none;">1234abcd4321</p>
  <span class="p-notification">enabled=true;types=banner;filters=mention</span>
  <p>Participants</p>
  <div class="e-participants">
    <p class="h-card"><p class="p-hash">5457</p><span class="p-name">Alice</span> <span class="u-email">alice@example.com</span></p>
    <p class="h-card"><span class="p-name">John</span> <span class="u-email">john@example.com</span></p>
  </div>
 </p></body></html>`);
    expect(group).toMatchObject({
      id: '1234abcd4321',
      name: 'My Crew',
      notification: { filters: ['mention'] },
      participants: [
        { name: 'Alice', emails: ['alice@example.com'], other: [{ name: 'p-hash', value: '5457' }] },
        { name: 'John', emails: ['john@example.com'] },
      ],
    });
  });
});

describe('notification settings', () => {
  it.each([
    ['enabled=true; types=sound,banner;sounds=friend;filters=message,mention', false],
    ['enabled=true', false],
    ['', false],
    ['enabled=0', false],
    ['enabled=false', true],
    ['Enabled = No ; filters=message', true],
    ['filters=mention', true],
    ['filters=MESSAGE', false],
    ['enabled=true;filters=com.example.vip', true],
    ['enabled=true;\r\n filters=\r\n  mention ,message', false],
    ['enabled=true;filters=', false],
  ])('"%s" mute: %s', (text, muted) => {
    expect(isMuted(readNotification(text))).toBe(muted);
  });

  it('of other clients are kept', () => {
    const text = 'enabled=false;types=banner;com_example_tone=a=b;flag';
    expect(notificationText(readNotification(text))).toBe(text);
  });
});

describe('a picture', () => {
  it('is what it is said to be', () => {
    expect(isPhoto(photo)).toBe(true);
    expect(isPhoto({ type: 'image/jpeg', content: dot })).toBe(false);
    expect(isPhoto({ type: 'image/svg+xml', content: dot })).toBe(false);
    expect(isPhoto({ type: 'constructor', content: dot })).toBe(false);
    expect(
      isPhoto({ type: 'image/webp', content: Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1') }),
    ).toBe(true);
  });

  it.each([
    '',
    'data:',
    'data:image/png;base64,',
    'data:image/png,abc',
    'data:image/png;base64,%41',
    `x data:image/png;base64,${dot.toString('base64')}`,
  ])('is not read from %j', (url) => {
    expect(photoOf(url)).toBeUndefined();
  });

  it('is read with parameters and white space within', () => {
    const url = `DATA:image/PNG;charset=x;base64,\r\n\t${dot.toString('base64').replace(/.{10}/g, '$& ')}`;
    expect(photoOf(url)).toEqual(photo);
  });
});

it('a card without anything in it is empty', () => {
  // The fixture of the vectors: a card without a class for anything in it.
  const stored = readFileSync(new URL('../../vectors/storage-contact.eml', import.meta.url), 'utf8');
  expect(readCard(stored)).toEqual(emptyCard);
});
