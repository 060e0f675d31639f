import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../shared/coi/decode-text.ts';
import type { AttachedFile, MessageContent } from '../../../shared/coi/message-content.ts';
import type { BodyPart } from '../../../shared/coi/received-mail.ts';
import type { GroupOfMail } from '../../../shared/smtp/compose-group.ts';
import { type ComposedMail, composed } from '../../support/composed-mail.ts';

const text = (words: string): MessageContent => ({
  kind: 'text',
  text: words,
  markdown: undefined,
  pinned: undefined,
});
const about = { root: '<chat$root@example.org>', latest: '<chat$edit1@example.org>' };
const carol = { address: 'carol@example.org', name: 'Carol' };
const members = [{ address: 'bob@example.org', name: undefined }, carol];
const group: GroupOfMail = {
  id: 'abcdefgh12345678',
  name: 'My Crew',
  oldName: undefined,
  description: undefined,
  isNew: false,
};
const inGroup = {
  messageId: '<chat$group.abcdefgh12345678.xyz@example.org>',
  to: members,
  title: group.name,
  group,
};

const file = (changes: Partial<AttachedFile> = {}): AttachedFile => ({
  filename: 'earth.jpg',
  type: 'image/jpeg',
  content: Buffer.from('not really a picture'),
  voice: false,
  durationMs: undefined,
  ...changes,
});

/** `mixed(alternative(text/plain text/html) image/jpeg)` */
function shape({ type, children }: BodyPart): string {
  if (!type.startsWith('multipart/')) return type;
  return `${type.slice('multipart/'.length)}(${children.map(shape).join(' ')})`;
}

const shapeOf = ({ mail }: ComposedMail) => shape(mail.structure);
const field = ({ mail }: ComposedMail, name: string) => mail.header.first(name);
const decoded = (mail: ComposedMail, name: string) => decodeText(field(mail, name) ?? '');
const wordsOf = ({ parsed }: ComposedMail) => parsed.text?.trimEnd();

/** Every kind, as plainly as it can be. */
const kinds: readonly [string, MessageContent, Parameters<typeof composed>[1]?][] = [
  ['text', text('Hello')],
  ['edit', { kind: 'edit', text: 'Hello!' }, { about }],
  ['delete', { kind: 'delete' }, { about }],
  ['reaction', { kind: 'reaction', emoji: ['👍'] }, { about }],
  ['location', { kind: 'location', latitude: 53.07516, longitude: 8.80777, text: '' }],
  ['poll', { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false }],
  ['poll-vote', { kind: 'poll-vote', options: ['Today'] }, { about }],
  ['poll-close', { kind: 'poll-close', text: '' }, { about }],
  ['contact', { kind: 'contact', name: 'Carol', nickname: undefined, addresses: ['carol@example.org'] }],
  [
    'group-update',
    { kind: 'group-update', name: 'My Crew', description: undefined, add: [], remove: [] },
    { ...inGroup, group: { ...group, oldName: 'Our Crew' } },
  ],
  ['group-leave', { kind: 'group-leave', text: '' }, inGroup],
];

describe('every kind of message', () => {
  it.each(kinds)(
    '%s has words that any mail program shows, and is known for a chat',
    async (_, content, changes) => {
      const mail = await composed(content, changes);
      expect(wordsOf(mail)).toMatch(/\S/);
      expect(mail.read.matchedBy).toBe('chat-version');
      expect(field(mail, 'From')).toBe('Alice <alice@example.org>');
      expect(mail.raw).not.toMatch(/[^\r]\n|\r(?!\n)/);
      expect(mail.parsed.headerLines.map(({ key }) => key)).not.toContain('bcc');
    },
  );

  it.each(kinds)('%s takes files and asks for a receipt', async (kind, content, changes) => {
    const mail = await composed(content, { ...changes, files: [file()], requestReceipt: true });
    expect(mail.read.receiptRequested).toBe(true);
    const names = mail.parsed.attachments
      .map(({ filename }) => filename)
      .filter((name) => name !== undefined);
    expect(names).toEqual(kind === 'contact' ? ['contact.vcf', 'earth.jpg'] : ['earth.jpg']);
    expect(wordsOf(mail)).toMatch(/\S/);
  });

  it.each(kinds)('%s is the same mail each time', async (_, content, changes) => {
    const [one, two] = [await composed(content, changes), await composed(content, changes)];
    expect(one.raw).toBe(two.raw);
  });
});

describe('a text', () => {
  it('is a mail of one part, in a 1:1 as in a group', async () => {
    const mail = await composed(text('Hello'), { references: ['<chat$1@a>', '<chat$2@a>'] });
    expect([shapeOf(mail), wordsOf(mail), field(mail, 'Subject')]).toEqual(['text/plain', 'Hello', 'Chat']);
    expect(field(mail, 'References')).toBe('<chat$1@a> <chat$2@a>');
    expect(mail.mail.header.has('In-Reply-To')).toBe(false);
    const toAll = await composed(text('Hello'), inGroup);
    expect([shapeOf(toAll), field(toAll, 'Subject')]).toEqual(['text/plain', 'My Crew']);
    expect(field(toAll, 'Chat-Group-ID')).toBe(group.id);
    expect(field(toAll, 'Chat-Group-Name')).toBe('My Crew');
    expect(toAll.read).toMatchObject({
      class: 'chat',
      kind: 'text',
      title: 'My Crew',
      conversation: {
        kind: 'group',
        groupId: group.id,
        participants: [{ address: 'alice@example.org' }, carol],
      },
    });
  });

  it('with formatting has it beside its plain form', async () => {
    const mail = await composed({
      kind: 'text',
      text: 'hello COI',
      markdown: 'hello **COI**',
      pinned: undefined,
    });
    expect(shapeOf(mail)).toBe('alternative(text/plain text/markdown)');
    expect(mail.raw).toContain('hello **COI**');
    expect([wordsOf(mail), mail.read.preview]).toEqual(['hello COI', 'hello COI']);
  });

  it('that answers another names it', async () => {
    const mail = await composed(text('Yes'), { about });
    expect(mail.read).toMatchObject({ inReplyTo: about.latest, event: undefined, kind: 'text' });
  });

  it.each([
    [undefined, 'pinned'],
    [Date.UTC(2026, 11, 5, 0, 0, 0), 'pinned; timeout="Sat, 05 Dec 2026 00:00:00 +0000"'],
  ])('is pinned until %s, and stays a text for others', async (until, disposition) => {
    const mail = await composed({ kind: 'text', text: 'Look', markdown: undefined, pinned: { until } });
    expect(field(mail, 'Content-Disposition')).toBe(disposition);
    expect(mail.read).toMatchObject({ pinned: { until }, kind: 'text', class: 'chat' });
    expect([wordsOf(mail), mail.parsed.attachments]).toEqual(['Look', []]);
    // A disposition they do not know makes a text an attachment.
    expect(shapeOf(mail)).toBe('mixed(text/plain)');
  });
});

describe('what is done to another message', () => {
  it('edits it with the new text, for COI and for Delta Chat', async () => {
    const mail = await composed({ kind: 'edit', text: 'Better words' }, { about });
    expect(field(mail, 'Chat-Content')).toBe('editrequest');
    expect(field(mail, 'In-Reply-To')).toBe(about.latest);
    // Delta Chat finds it there alone.
    expect(mail.mail.header.has('Chat-Edit')).toBe(false);
    expect(mail.raw).toMatch(/\r\n--\S+\r\nChat-Edit: <chat\$root@example\.org>\r\n/);
    expect([shapeOf(mail), wordsOf(mail)]).toEqual(['mixed(text/plain)', 'Better words']);
    expect(mail.read).toMatchObject({ class: 'edit', event: { kind: 'edit' } });
    expect(mail.read.event?.targets).toContain(about.root);
  });

  it('deletes it, and says so', async () => {
    const mail = await composed({ kind: 'delete' }, { about });
    expect(field(mail, 'Chat-Content')).toBe('deleterequest');
    expect(wordsOf(mail)).toContain('deleted');
    expect(mail.read).toMatchObject({ class: 'delete', event: { kind: 'delete', targets: [about.latest] } });
  });

  it.each([[['👍']], [['👍', '❤️', '👨‍👩‍👧']], [[]]])('reacts to it with %j', async (emoji) => {
    const mail = await composed({ kind: 'reaction', emoji }, { about });
    expect(mail.mail.structure.children.map(({ disposition }) => disposition)).toEqual([
      undefined,
      'reaction',
    ]);
    expect(wordsOf(mail)).toBe(
      emoji.length === 0 ? '(The sender has taken back a reaction.)' : `Reacted with ${emoji.join(' ')}`,
    );
    expect(mail.read).toMatchObject({
      class: 'reaction',
      event: { kind: 'reaction', targets: [about.latest], emoji },
    });
  });
});

describe('a place', () => {
  it.each([
    [53.07516, 8.80777, '53.07516, 8.80777'],
    [-33.8568, 151.2153, '-33.8568, 151.2153'],
    [0, -0, '0, 0'],
    [90, -180, '90, -180'],
    [1e-7, -1e-9, '0.0000001, 0'],
    [10, 100, '10, 100'],
  ])('at %d, %d is read by people, maps and clients', async (latitude, longitude, shown) => {
    const mail = await composed({ kind: 'location', latitude, longitude, text: "Let's meet <here>." });
    expect(wordsOf(mail)).toBe(`Let's meet <here>.\n-\nPosition: ${shown}\ngeo:${shown.replace(' ', '')}`);
    expect(shapeOf(mail)).toBe('alternative(text/plain text/html)');
    expect(mail.parsed.html).toContain('&lt;here&gt;');
    expect(mail.read.kind).toBe('location');
    expect(mail.read.location?.latitude).toBeCloseTo(latitude, 6);
    expect(mail.read.location?.longitude).toBeCloseTo(longitude, 6);
  });
});

describe('a poll', () => {
  it('has its question and options in words and in classes', async () => {
    const options = ['Pizza & Pasta', '<b>Salad</b>'];
    const mail = await composed({ kind: 'poll', question: 'What to eat?', options, multiple: true });
    expect(wordsOf(mail)).toBe('What to eat?\n\n1. Pizza & Pasta\n2. <b>Salad</b>\n\nChoose one or more.');
    expect(mail.parsed.html).toContain('<li class="p-poll-option">Pizza &amp; Pasta</li>');
    expect(mail.parsed.html).toContain('<li class="p-poll-option">&lt;b&gt;Salad&lt;/b&gt;</li>');
    expect(mail.parsed.html).toContain('<data class="p-poll-multiple" value="true">');
    expect(mail.raw).toContain('Chat-Content: poll\r\n');
    expect(mail.read).toMatchObject({ kind: 'poll', class: 'chat' });
  });

  it('is voted on in an answer that rings nobody', async () => {
    const mail = await composed({ kind: 'poll-vote', options: ['Pizza', 'Salad'] }, { about });
    expect(wordsOf(mail)).toBe('Vote: Pizza, Salad');
    expect([field(mail, 'Chat-Content'), field(mail, 'In-Reply-To')]).toEqual(['pollvote', about.latest]);
    expect(mail.parsed.html).toContain('<li class="p-poll-option">Pizza</li>');
    expect(mail.read).toMatchObject({ kind: 'poll-vote', class: 'event' });
    const none = await composed({ kind: 'poll-vote', options: [] }, { about });
    expect(wordsOf(none)).toBe('Vote withdrawn.');
    expect(none.parsed.html).not.toContain('p-poll-option');
  });

  it('is closed in an answer', async () => {
    const mail = await composed({ kind: 'poll-close', text: 'Pizza it is' }, { about });
    expect([field(mail, 'Chat-Content'), field(mail, 'In-Reply-To')]).toEqual(['pollclose', about.latest]);
    expect([wordsOf(mail), mail.read.kind]).toEqual(['Pizza it is', 'poll-close']);
  });
});

describe('a contact', () => {
  it('is a card for COI clients and one for address books', async () => {
    const mail = await composed({
      kind: 'contact',
      name: 'Doe, John; "JD" \\',
      nickname: 'Johnny',
      addresses: ['john@example.org', 'jd@example.com'],
    });
    expect(shapeOf(mail)).toBe('mixed(alternative(text/plain text/html) text/vcard)');
    expect(wordsOf(mail)).toBe('Contact: Doe, John; "JD" \\\nJohnny\njohn@example.org\njd@example.com');
    expect(mail.parsed.html).toContain('<span class="u-email">jd@example.com</span>');
    expect(mail.parsed.attachments[0]?.content.toString().split('\r\n')).toEqual([
      'BEGIN:VCARD',
      'VERSION:3.0',
      'N:;Doe\\, John\\; "JD" \\\\;;;',
      'FN:Doe\\, John\\; "JD" \\\\',
      'NICKNAME:Johnny',
      'EMAIL;TYPE=INTERNET:john@example.org',
      'EMAIL;TYPE=INTERNET:jd@example.com',
      'END:VCARD',
      '',
    ]);
    expect(mail.read).toMatchObject({ kind: 'contact', class: 'chat' });
  });
});

describe('a group', () => {
  it('is founded with a card of all its members', async () => {
    const founded = { ...inGroup, group: { ...group, isNew: true, description: 'Line 1\nGrüße' } };
    const mail = await composed(text('Welcome'), founded);
    expect(shapeOf(mail)).toBe('alternative(text/plain text/html)');
    expect(mail.raw).toContain('Chat-Content: groupinfo\r\n');
    for (const address of ['alice', 'bob', 'carol']) {
      expect(mail.parsed.html).toContain(`<span class="u-email">${address}@example.org</span>`);
    }
    expect(mail.parsed.html).toContain('<p class="p-description">Line 1\nGrüße</p>');
    expect(decoded(mail, 'Chat-Group-Description')).toBe('Line 1 Grüße');
    expect([wordsOf(mail), mail.read.kind, mail.read.class]).toEqual(['Welcome', 'text', 'chat']);
    const wordless = await composed(text(''), { ...founded, files: [file()] });
    expect(wordsOf(wordless)).toBe('Alice started the group “My Crew”.');
  });

  it('is renamed, with its name before', async () => {
    const mail = await composed(
      { kind: 'group-update', name: 'My Crew', description: undefined, add: [], remove: [] },
      { ...inGroup, group: { ...group, oldName: 'Crew ä' } },
    );
    expect(decoded(mail, 'Chat-Group-Name-Changed')).toBe('Crew ä');
    expect(field(mail, 'Chat-Group-Name')).toBe('My Crew');
    expect(wordsOf(mail)).toBe('Alice renamed the group “Crew ä” to “My Crew”.');
    expect(mail.read).toMatchObject({ class: 'event', kind: 'group-info', title: 'My Crew' });
  });

  it('is described anew', async () => {
    const update = { kind: 'group-update', name: undefined, add: [], remove: [] } as const;
    const changed = { ...inGroup, group: { ...group, description: 'For fun' } };
    const mail = await composed({ ...update, description: 'For fun' }, changed);
    expect(field(mail, 'Chat-Group-Description')).toBe('For fun');
    expect(wordsOf(mail)).toBe('Alice changed the description: For fun');
    expect(mail.parsed.html).toContain('<p class="p-description">For fun</p>');
    expect(mail.read).toMatchObject({ class: 'event', kind: 'group-info' });
    const none = await composed(
      { ...update, description: '' },
      { ...inGroup, group: { ...group, description: '' } },
    );
    expect(wordsOf(none)).toBe('Alice removed the description.');
    expect(none.parsed.html).not.toContain('p-description');
  });

  it('gains and loses members', async () => {
    const mail = await composed(
      {
        kind: 'group-update',
        name: undefined,
        description: undefined,
        add: ['carol@example.org'],
        remove: ['dean@example.org', 'eve@example.org'],
      },
      inGroup,
    );
    expect(field(mail, 'Chat-Group-Member-Added')).toBe('carol@example.org');
    expect(field(mail, 'To')).toBe('bob@example.org, Carol <carol@example.org>');
    // Delta Chat's: one stays, one is new, two are out.
    expect(field(mail, 'Chat-Group-Past-Members')).toBe('dean@example.org, eve@example.org');
    expect(field(mail, 'Chat-Group-Member-Timestamps')).toMatch(/^0 (\d{10}) \1 \1$/);
    expect(wordsOf(mail)).toBe(
      'Alice added carol@example.org.\nAlice removed dean@example.org, eve@example.org.',
    );
    expect(mail.parsed.html).toContain('carol@example.org');
    expect(mail.parsed.html?.toString().split('<hr>').at(-1)).not.toContain('dean@example.org');
    expect(mail.read).toMatchObject({
      class: 'event',
      kind: 'member-added',
      removed: ['dean@example.org', 'eve@example.org'],
    });
  });

  it('is left with answers going to those who remain', async () => {
    const mail = await composed({ kind: 'group-leave', text: '' }, inGroup);
    expect(field(mail, 'Chat-Content')).toBe('groupleft');
    expect(field(mail, 'Reply-To')).toBe('bob@example.org, Carol <carol@example.org>');
    expect(field(mail, 'Chat-Group-Member-Removed')).toBe('alice@example.org');
    expect(field(mail, 'Chat-Group-Past-Members')).toBe('alice@example.org');
    expect(field(mail, 'Chat-Group-Member-Timestamps')).toMatch(/^0 0 \d{10}$/);
    expect(wordsOf(mail)).toBe('Alice left the group.');
    expect(mail.read).toMatchObject({ class: 'event', kind: 'group-left', removed: ['alice@example.org'] });
    expect(wordsOf(await composed({ kind: 'group-leave', text: 'Bye!' }, inGroup))).toBe('Bye!');
  });
});

describe('files', () => {
  it('that come without words are named to ordinary mail programs, and are pictures to chat clients', async () => {
    const one = await composed(text(''), { files: [file()] });
    expect([shapeOf(one), wordsOf(one)]).toEqual(['mixed(text/plain image/jpeg)', 'earth.jpg']);
    expect(one.raw).toContain('Chat-Content: ignore\r\n');
    expect(one.raw).toMatch(/Content-Disposition: inline;[^:]*size=20/);
    expect(one.parsed.attachments[0]).toMatchObject({ filename: 'earth.jpg', contentType: 'image/jpeg' });
    expect(one.parsed.attachments[0]?.content.toString()).toBe('not really a picture');
    expect(one.read).toMatchObject({ kind: 'image', attachments: [{ part: '2', filename: 'earth.jpg' }] });
    const two = await composed(text(''), {
      files: [file(), file({ type: 'video/webm', filename: 'a.webm' })],
    });
    expect([shapeOf(two), two.read.kind]).toEqual(['mixed(text/plain image/jpeg video/webm)', 'image']);
  });

  it('of other types are named to ordinary mail programs alone', async () => {
    const mail = await composed(text(''), {
      files: [file({ type: 'application/pdf', filename: 'plan.pdf' })],
    });
    expect([shapeOf(mail), wordsOf(mail)]).toEqual(['mixed(text/plain application/pdf)', 'plan.pdf']);
    expect(mail.raw).toContain('Chat-Content: ignore\r\n');
    expect(mail.raw).toMatch(/Content-Disposition: attachment;[^:]*size=20/);
    expect(mail.read).toMatchObject({ kind: 'file', preview: undefined });
  });

  it('come after the words', async () => {
    const mail = await composed(text('Look'), { files: [file()] });
    expect([shapeOf(mail), wordsOf(mail), mail.read.kind]).toEqual([
      'mixed(text/plain image/jpeg)',
      'Look',
      'text',
    ]);
  });

  it('that were spoken are marked, with how long they are', async () => {
    const spoken = file({
      type: 'audio/webm; codecs=opus',
      filename: 'v.webm',
      voice: true,
      durationMs: 4200,
    });
    const mail = await composed(text(''), { files: [spoken] });
    expect([field(mail, 'Chat-Voice-Message'), field(mail, 'Chat-Duration')]).toEqual(['1', '4200']);
    expect([shapeOf(mail), mail.read.kind]).toEqual(['mixed(text/plain audio/webm)', 'voice']);
    expect(mail.raw).toContain('codecs=opus');
    const two = await composed(text(''), { files: [spoken, spoken] });
    expect(field(two, 'Chat-Voice-Message')).toBeUndefined();
  });

  it('with scripts in them are not shown', async () => {
    for (const type of ['image/svg+xml', 'text/html', 'application/xhtml+xml']) {
      const mail = await composed(text('x'), { files: [file({ type, filename: 'a.svg' })] });
      expect(mail.parsed.attachments[0]?.contentDisposition).toBe('attachment');
    }
  });

  it.each([
    'Grüße.jpg',
    'a "b" c.jpg',
    '名前 📷.jpg',
    'semi;colon=1.jpg',
    `${'l'.repeat(250)}.jpg`,
    "it's.jpg",
  ])('keep their name: %s', async (filename) => {
    const mail = await composed(text('x'), { files: [file({ filename })] });
    expect(mail.parsed.attachments[0]?.filename).toBe(filename);
  });

  it('keep every byte, also of text', async () => {
    const content = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const files = [file({ content }), file({ type: 'text/plain', filename: 'a.txt', content })];
    const mail = await composed(text('x'), { files });
    for (const attachment of mail.parsed.attachments) expect(attachment.content.equals(content)).toBe(true);
  });
});
