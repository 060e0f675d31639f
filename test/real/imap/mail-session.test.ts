import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { ImapFlow } from 'imapflow';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { mailSessionOf } from '../../support/mail-session-of.ts';
import { hasMailServers, type SharedMail, sharedMail } from '../../support/mail-site.ts';

const never = new AbortController().signal;

describe.skipIf(!hasMailServers)('a session with Dovecot', () => {
  const newMailbox = async () => {
    const mail = sharedMail();
    const user = mail.newAddress('alice');
    return { mail, user, session: await mailSessionOf(user) };
  };

  it('knows what the server can do', async () => {
    const { session } = await newMailbox();
    expect(session.capabilities).toEqual({
      ...{ coi: false, webpush: false, metadata: true, notify: true },
      ...{ idle: true, condstore: true, qresync: true },
    });
  });

  it('works over STARTTLS as over implicit TLS', async () => {
    const { imap, newAddress } = sharedMail();
    const session = await mailSessionOf(newAddress('alice'), { port: imap.starttlsPort, tls: 'starttls' });
    expect(await session.status('INBOX')).toMatchObject({ uidNext: 1, messages: 0 });
  });

  it('refuses a wrong password as such', async () => {
    const opened = mailSessionOf(sharedMail().newAddress('alice'), { password: 'wrong' });
    await expect(opened).rejects.toMatchObject({ code: 'login-refused' });
  });

  it('finds the COI folders and the special ones', async () => {
    const { mail, user, session } = await newMailbox();
    await makeFolders(mail, user, ['COI/Chats', 'COI/Contacts', 'Grüße']);
    const roles = new Map((await session.listFolders()).map(({ path, role }) => [path, role]));
    expect(Object.fromEntries(roles)).toMatchObject({
      ...{ INBOX: 'inbox', Sent: 'sent', Drafts: 'drafts', Trash: 'trash' },
      ...{ 'COI/Chats': 'chats', 'COI/Contacts': 'contacts', Grüße: 'other' },
    });
  });

  it('goes from folder to folder, each mail marked with the role of its own', async () => {
    const { mail, user, session } = await newMailbox();
    await makeFolders(mail, user, ['COI/Chats']);
    await session.listFolders();
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'to the inbox' }));
    const raw = Buffer.from(chatMail({ from: 'bob@example.test', to: user, text: 'to the chats' }));
    await session.append('COI/Chats', raw, { flags: [], receivedAt: 0 });
    const seen: [string, string | undefined][] = [];
    for (const folder of ['COI/Chats', 'INBOX']) {
      await session.open(folder, 'read');
      const [received] = await session.fetchFrom(1, { limit: 5 });
      seen.push([received?.folderRole ?? '', received?.body?.toString().trim()]);
    }
    expect(seen).toEqual([
      ['chats', 'to the chats'],
      ['inbox', 'to the inbox'],
    ]);
    expect((await session.status('COI/Chats')).messages).toBe(1);
  });

  it('tells a folder that is not there from a server that is not', async () => {
    const { session } = await newMailbox();
    const raw = Buffer.from(chatMail({ from: 'a@example.test', to: 'b@example.test', text: 'lost' }));
    await expect(session.open('COI/Chats', 'read')).rejects.toMatchObject({ code: 'not-found' });
    await expect(session.status('COI/Chats')).rejects.toMatchObject({ code: 'not-found' });
    await expect(session.append('COI/Chats', raw, { flags: [], receivedAt: 0 })).rejects.toMatchObject({
      code: 'not-found',
    });
    expect((await session.status('INBOX')).messages).toBe(0);
  });

  it('wakes from IDLE when mail comes, and fetches just that mail', async () => {
    const { mail, user, session } = await newMailbox();
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'old' }));
    const before = await session.open('INBOX', 'read');
    const woken = session.idle({ renewAfterMs: 30_000, signal: never });
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'news' }));
    expect(await woken).toBe('activity');
    const mails = await session.fetchFrom(before.uidNext ?? 0, { limit: 10 });
    expect(mails.map(({ body }) => body?.toString())).toEqual(['news\r\n']);
    expect(mails[0]).toMatchObject({
      ...{ folder: 'INBOX', folderRole: 'inbox', uid: before.uidNext, uidValidity: before.uidValidity },
      structure: { part: '1', type: 'text/plain', parameters: { charset: 'utf-8' }, children: [] },
    });
    expect(mails[0]?.header.first('chat-version')).toBe('1.0');
    expect(mails[0]?.header.has('Received')).toBe(false);
    expect(Math.abs((mails[0]?.receivedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('does not sleep through mail that comes between the fetch and the wait', async () => {
    const { mail, user, session } = await newMailbox();
    await session.open('INBOX', 'read');
    expect(await session.fetchFrom(1, { limit: 10 })).toEqual([]);
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'in between' }));
    // Dovecot tells of it with the first IDLE; nothing else would wake us.
    expect(await session.idle({ renewAfterMs: 30_000, signal: never })).toBe('activity');
    expect(await session.fetchFrom(1, { limit: 10 })).toHaveLength(1);
  });

  it('goes on after each renewal of the wait', async () => {
    const { mail, user, session } = await newMailbox();
    await session.open('INBOX', 'read');
    expect(await session.idle({ renewAfterMs: 50, signal: never })).toBe('renew');
    expect(await session.idle({ renewAfterMs: 50, signal: never })).toBe('renew');
    const woken = session.idle({ renewAfterMs: 30_000, signal: never });
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'at last' }));
    expect(await woken).toBe('activity');
  });

  it('leaves mail unread when it looks at it, and sets flags when told to', async () => {
    const { mail, user, session } = await newMailbox();
    await mail.deliver(user, chatMail({ from: 'bob@example.test', to: user, text: 'unread' }));
    expect((await session.open('INBOX', 'write')).acceptsKeywords).toBe(true);
    await session.fetchFrom(1, { limit: 10 });
    await session.readPart(1, '1', 100);
    expect((await session.fetchOne(1))?.flags).not.toContain('\\Seen');
    expect(await session.addFlags([1], ['\\Seen', '$Chat'])).toBe(true);
    expect((await session.fetchOne(1))?.flags).toEqual(expect.arrayContaining(['\\Seen', '$Chat']));
  });

  it('takes a large folder in steps of the limit, gaps and all', async () => {
    const { user, session } = await newMailbox();
    for (let index = 1; index <= 7; index++) {
      const text = `number ${index}`;
      const raw = Buffer.from(chatMail({ from: 'bob@example.test', to: user, text }));
      await session.append('INBOX', raw, { flags: [], receivedAt: Date.UTC(2026, 0, index) });
    }
    await session.open('INBOX', 'read');
    const steps: number[][] = [];
    for (let from = 1; ; ) {
      const mails = await session.fetchFrom(from, { limit: 3 });
      const last = mails.at(-1);
      if (last === undefined) break;
      steps.push(mails.map(({ uid }) => uid));
      from = last.uid + 1;
    }
    expect(steps).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
    expect((await session.fetchOne(3))?.receivedAt).toBe(Date.UTC(2026, 0, 3));
    expect(await session.searchSince(Date.UTC(2026, 0, 6))).toEqual([6, 7]);
    expect(await session.highestUid()).toBe(7);
  });

  it('files a mail once it is asked to, byte for byte, and finds it by its Message-ID', async () => {
    const { user, session } = await newMailbox();
    const messageId = `<chat$${randomUUID()}@example.test>`;
    const raw = Buffer.from(chatMail({ from: user, to: 'bob@example.test', text: 'Grüße', messageId }));
    const { uidValidity } = await session.open('Sent', 'write');
    expect(await session.searchMessageId(messageId)).toEqual([]);
    const placed = await session.append('Sent', raw, { flags: ['\\Seen'], receivedAt: Date.UTC(2026, 1, 3) });
    expect(placed).toEqual({ uid: 1, uidValidity });
    expect(await session.searchMessageId(messageId)).toEqual([1]);
    expect(await read(await session.stream(1))).toEqual(raw);
  });

  it('tells a body that just fits from one that was cut', async () => {
    const { user, session } = await newMailbox();
    for (const bytes of [limits.pushBodyBytes, limits.pushBodyBytes + 1]) {
      const raw = Buffer.from(`From: bob@example.test\r\nTo: ${user}\r\n\r\n${'x'.repeat(bytes)}`);
      await session.append('INBOX', raw, { flags: [], receivedAt: 0 });
    }
    await session.open('INBOX', 'read');
    const mails = await session.fetchFrom(1, { limit: 5 });
    expect(mails.map(({ body }) => body?.length)).toEqual([limits.pushBodyBytes, undefined]);
  });

  it('reads the parts of a mail as transferred, and their names decoded', async () => {
    const { mail, user, session } = await newMailbox();
    await mail.deliver(user, multipart(user));
    await session.open('INBOX', 'read');
    const [received] = await session.fetchFrom(1, { limit: 1 });
    expect(received?.structure).toMatchObject({
      ...{ part: '', type: 'multipart/mixed' },
      children: [
        { part: '1', type: 'multipart/alternative', children: [{ part: '1.1' }, { part: '1.2' }] },
        {
          part: '2',
          type: 'image/png',
          disposition: 'attachment',
          filename: 'Ärger.png',
          encoding: 'base64',
        },
        { part: '3', type: 'text/x-notes', filename: 'Wörter.txt' },
      ],
    });
    const html = await session.readPart(1, '1.2', 1000);
    expect(html?.mime.toString()).toContain('Content-Type: text/html; charset=iso-8859-1');
    expect(html?.body.toString()).toBe('<p>Gr=FC=DFe</p>');
    expect(html?.truncated).toBe(false);
    expect(await session.readPart(1, '1.2', 5)).toMatchObject({
      body: Buffer.from('<p>Gr'),
      truncated: true,
    });
    expect((await read(await session.stream(1, '2'))).toString()).toBe('iVBORw0KGgo=');
  });

  it('passes a mail of 10 MB on in pieces, whole, and without holding it', async () => {
    const { user, session } = await newMailbox();
    const raw = Buffer.from(
      chatMail({ from: user, to: 'bob@example.test', text: randomBytes(5 * 1024 * 1024).toString('hex') }),
    );
    await session.append('Sent', raw, { flags: [], receivedAt: 0 });
    await session.open('Sent', 'read');
    expect((await session.fetchOne(1))?.body).toBeUndefined();
    const stream = await session.stream(1);
    if (stream === undefined) throw new Error('no stream');
    const hash = createHash('sha256');
    let largest = 0;
    for await (const piece of stream) {
      hash.update(piece);
      largest = Math.max(largest, piece.length);
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(raw).digest('hex'));
    expect(largest).toBeLessThanOrEqual(limits.streamPieceBytes);
  });
});

/** The service makes no folders; users and their mail programs do. */
async function makeFolders(mail: SharedMail, user: string, paths: readonly string[]): Promise<void> {
  const client = new ImapFlow({
    ...{ host: mail.imap.host, port: mail.imap.port, secure: true, logger: false },
    auth: { user, pass: mail.password },
    tls: { ca: mail.ca },
  });
  await client.connect();
  for (const path of paths) await client.mailboxCreate(path);
  await client.logout();
}

async function read(stream: AsyncIterable<Buffer> | undefined): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

function multipart(to: string): string {
  return [
    `From: bob@example.test`,
    `To: ${to}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Grüße',
    '--inner',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>Gr=FC=DFe</p>',
    '--inner--',
    '--outer',
    'Content-Type: image/png',
    "Content-Disposition: attachment; filename*=utf-8''%C3%84rger.png",
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--outer',
    'Content-Type: text/x-notes; name="=?utf-8?q?W=C3=B6rter=2Etxt?="',
    '',
    'words',
    '--outer--',
    '',
  ].join('\r\n');
}
