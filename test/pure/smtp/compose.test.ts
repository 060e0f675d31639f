import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { parseAddresses } from '../../../shared/coi/addresses.ts';
import { parseHeader } from '../../../shared/coi/header.ts';
import { composeMail, type MailToCompose } from '../../../shared/smtp/compose.ts';
import { textPart } from '../../../shared/smtp/compose-part.ts';

const usual: MailToCompose = {
  messageId: '<chat$abc@example.org>',
  date: Date.UTC(2026, 10, 23, 1, 2, 3),
  from: { address: 'alice@example.org', name: undefined },
  to: [{ address: 'bob@example.org', name: undefined }],
  subject: 'Chat',
  references: [],
  body: textPart('plain', 'Hello'),
  requestReceipt: false,
};
const compose = (changes: Partial<MailToCompose>) => composeMail({ ...usual, ...changes });
const headerOf = async (changes: Partial<MailToCompose>) => parseHeader(await compose(changes));

describe('composeMail', () => {
  it('makes a COI chat mail with the id and date it is given', async () => {
    const header = await headerOf({});
    expect(header.first('Message-ID')).toBe('<chat$abc@example.org>');
    expect(header.first('Date')).toBe('Mon, 23 Nov 2026 01:02:03 +0000');
    expect(header.first('Chat-Version')).toBe('1.0');
    expect(header.first('MIME-Version')).toBe('1.0');
    expect(header.first('Content-Type')).toBe('text/plain; charset=utf-8');
    for (const absent of ['References', 'In-Reply-To', 'Disposition-Notification-To', 'Bcc', 'X-Mailer']) {
      expect(header.has(absent)).toBe(false);
    }
  });

  it('makes the same bytes each time', async () => {
    const group = {
      to: [...usual.to, { address: 'carol@example.org', name: 'Cärol' }],
      body: {
        multipart: 'mixed',
        parts: [
          textPart('plain', 'Grüße 👋'),
          { type: 'image/png', content: Buffer.from('x'), filename: 'a.png' },
        ],
      },
    } as const;
    expect((await compose(group)).equals(await compose(group))).toBe(true);
  });

  it('names the first and the last mail of the thread', async () => {
    const header = await headerOf({ references: ['<chat$1@a>', '<chat$2@a>', '<chat$3@a>'] });
    expect(header.first('References')).toBe('<chat$1@a> <chat$3@a>');
    expect(header.has('In-Reply-To')).toBe(false);
    expect((await headerOf({ references: ['<chat$1@a>'] })).first('References')).toBe('<chat$1@a>');
  });

  it('names the mail it answers', async () => {
    const header = await headerOf({ inReplyTo: '<chat$2@a>' });
    expect(header.first('In-Reply-To')).toBe('<chat$2@a>');
  });

  it('has answers go to others when told to', async () => {
    const replyTo = [...usual.to, { address: 'carol@example.org', name: 'Carol' }];
    expect((await headerOf({ replyTo })).first('Reply-To')).toBe(
      'bob@example.org, Carol <carol@example.org>',
    );
  });

  it('asks for a receipt only when told to, in the name of the sender', async () => {
    const header = await headerOf({ requestReceipt: true });
    expect(header.first('Disposition-Notification-To')).toBe('alice@example.org');
    expect(header.first('Chat-Disposition-Notification-To')).toBe('alice@example.org');
    const from = { address: 'alice@example.org', name: 'Alice Müller' };
    const named = await headerOf({ requestReceipt: true, from });
    expect(parseAddresses(named.first('Disposition-Notification-To') ?? '')).toEqual([from]);
    expect(parseAddresses(named.first('From') ?? '')).toEqual([from]);
  });

  it.each([
    'Hello',
    'Grüße, 你好, 👋',
    '> not a quote\nFrom here\n.\n..\n-- \nnot a signature',
    `long ${'word '.repeat(500)}end`,
    'trailing blanks   \n\n\ttabs',
    '=?utf-8?q?not_encoded?= =3D',
  ])('keeps the text as it is: %j', async (text) => {
    const raw = await compose({ body: textPart('plain', text) });
    expect((await simpleParser(raw)).text?.replace(/\n$/, '')).toBe(text);
    expect(raw.every((byte) => byte < 128)).toBe(true);
    expect(raw.toString('latin1')).not.toMatch(/[^\r]\n|\r(?!\n)/);
    expect(
      Math.max(
        ...raw
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(998);
  });

  it('sends an empty text as a text', async () => {
    const parsed = await simpleParser(await compose({ body: textPart('plain', '') }));
    expect(parsed.headers.get('content-type')).toMatchObject({ value: 'text/plain' });
  });

  it('encodes names, so that commas, quotes and brackets in them name nobody else', async () => {
    const names = ['Müller, Jörg', 'a "quoted" name', '<eve@example.org>,', 'plain', '名前'];
    const to = names.map((name, index) => ({ address: `b${index}@example.org`, name }));
    const parsed = await simpleParser(await compose({ to }));
    const found = [parsed.to ?? []].flat().flatMap(({ value }) => value);
    expect(found.map(({ address, name }) => ({ address, name }))).toEqual(to);
  });

  it.each(['=?utf-8?q?not_encoded?=', ' blanks ', 'x', '', '👋'.repeat(60)])(
    'takes the subject as it is: "%s"',
    async (subject) => {
      const raw = await compose({ subject });
      expect((await simpleParser(raw)).subject ?? '').toBe(subject);
    },
  );

  it('encodes a subject that is not ASCII', async () => {
    const raw = await compose({ subject: 'Grüße an alle' });
    expect(parseHeader(raw).first('Subject')).toMatch(/^=\?UTF-8\?/i);
    expect((await simpleParser(raw)).subject).toBe('Grüße an alle');
  });

  it('takes a text that looks like a file or a URL for a text', async () => {
    const text = 'file:///etc/passwd';
    expect((await simpleParser(await compose({ body: textPart('plain', text) }))).text?.trim()).toBe(text);
  });

  it.each<[string, Partial<MailToCompose>]>([
    ['a subject with a line break', { subject: 'Chat\r\nBcc: eve@example.org' }],
    ['a subject with a bare line feed', { subject: 'Chat\nBcc: eve@example.org' }],
    ['a subject with NUL', { subject: 'Chat\0' }],
    [
      'a name with a line break',
      { from: { address: 'alice@example.org', name: 'A\r\nBcc: eve@example.org' } },
    ],
    [
      'an address with a line break',
      { to: [{ address: 'bob@example.org\r\nBcc: eve@a.b', name: undefined }] },
    ],
    ['two addresses in one', { to: [{ address: 'bob@example.org,eve@example.org', name: undefined }] }],
    ['an address in an address', { to: [{ address: 'bob@a.b>,<eve@example.org', name: undefined }] }],
    ['an address without a domain', { to: [{ address: 'bob', name: undefined }] }],
    ['nobody to send to', { to: [] }],
    ['an id with a line break', { messageId: '<a@b>\r\nBcc: eve@example.org' }],
    ['an id without brackets', { messageId: 'chat$abc@example.org' }],
    ['a reference with a blank', { references: ['<a b@c>'] }],
    ['a reference that is not ASCII', { references: ['<ä@c>'] }],
    ['a reference that makes a line too long', { references: [`<${'a'.repeat(900)}@c>`] }],
    ['an answered id with a line break', { inReplyTo: '<a@b>\r\n' }],
    ['an address for answers that is none', { replyTo: [{ address: 'bob', name: undefined }] }],
    ['a field with a line break', { fields: { 'Chat-Content': 'x\r\nBcc: eve@example.org' } }],
    ['a field that is not ASCII', { fields: { 'Chat-Group-Name': 'Grüße' } }],
    ['a field name with a colon', { fields: { 'Bcc: eve@example.org': 'x' } }],
    ['a part field with a line break', { body: textPart('plain', 'x', { 'Chat-Content': 'a\nb' }) }],
    ['a multipart as a file', { body: { type: 'multipart/mixed; boundary=x', content: 'x' } }],
    ['a mail as a file', { body: { type: 'message/rfc822', content: 'x' } }],
    ['a type with a line break', { body: { type: 'text/plain\r\nBcc: eve@example.org', content: 'x' } }],
    ['a type with a quote', { body: { type: 'text/plain; name="x"', content: 'x' } }],
    ['a file name with a line break', { body: { type: 'text/plain', content: 'x', filename: 'a\r\nb' } }],
    ['a file name with a path', { body: { type: 'text/plain', content: 'x', filename: '../a' } }],
  ])('refuses %s', async (_, changes) => {
    await expect(compose(changes)).rejects.toMatchObject({ code: 'invalid-request' });
  });
});
