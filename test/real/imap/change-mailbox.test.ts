import { ImapFlow } from 'imapflow';
import { afterEach, describe, expect, it } from 'vitest';
import type { MailSession } from '../../../shared/imap/mail-session.ts';
import { mailSessionOf } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';

const raw = (text: string, from = 'bob@example.test') =>
  Buffer.from(`From: ${from}\r\nCOI-Blocked: yes\r\nSubject: ${text}\r\n\r\n${text}\r\n`);

describe.skipIf(!hasMailServers)('changing a mailbox at Dovecot', () => {
  const clients: ImapFlow[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.logout();
  });

  const newMailbox = async (domain = 'example.test') => {
    const { imap, password, ca, newAddress } = sharedMail();
    const user = newAddress('alice').replace('example.test', domain);
    const session = await mailSessionOf(user);
    /** Another mail program of the same user. */
    const client = new ImapFlow({
      ...{ host: imap.host, port: imap.port, secure: true, tls: { ca }, logger: false },
      auth: { user, pass: password },
    });
    await client.connect();
    clients.push(client);
    return { session, client };
  };

  async function file(session: MailSession, folder: string, mails: readonly Buffer[]): Promise<void> {
    for (const mail of mails) await session.append(folder, mail, { flags: [], receivedAt: 0 });
  }

  const uidsIn = async (client: ImapFlow, folder: string) => {
    await client.mailboxOpen(folder);
    return (await client.search({ all: true }, { uid: true })) || [];
  };

  it('removes the mails it is told to, and leaves what the user has marked as deleted', async () => {
    const { session, client } = await newMailbox();
    await file(
      session,
      'INBOX',
      ['one', 'two', 'three'].map((text) => raw(text)),
    );
    await client.mailboxOpen('INBOX');
    await client.messageFlagsAdd('1', ['\\Deleted'], { uid: true });
    await session.open('INBOX', 'write');
    expect(await session.deleteMails([2])).toBe('expunged');
    expect(await uidsIn(client, 'INBOX')).toEqual([1, 3]);
    expect(await session.searchUndeleted()).toEqual([3]);
  });

  it('makes a folder with all above it, once, and subscribes to it', async () => {
    const { session, client } = await newMailbox();
    expect(await session.createFolder(['COI', 'Contacts'])).toBe('COI/Contacts');
    expect(await session.createFolder(['coi', 'CONTACTS'])).toBe('COI/Contacts');
    const listed = await client.list();
    expect(listed.filter(({ path }) => /contacts/i.test(path))).toMatchObject([
      { path: 'COI/Contacts', subscribed: true },
    ]);
    expect(await session.listNames()).toContainEqual({
      path: 'COI/Contacts',
      role: 'contacts',
      delimiter: '/',
    });
  });

  it('makes a folder below INBOX where all folders are', async () => {
    const { session, client } = await newMailbox('prefixed.test');
    expect(await session.createFolder(['COI', 'Contacts'])).toBe('INBOX.COI.Contacts');
    expect(await session.createFolder(['Blocked'])).toBe('INBOX.Blocked');
    expect((await client.list()).map(({ path }) => path)).toEqual(
      expect.arrayContaining(['INBOX.COI.Contacts', 'INBOX.Blocked']),
    );
    await file(session, 'INBOX.COI.Contacts', [raw('a contact')]);
    expect((await session.open('INBOX.COI.Contacts', 'read')).messages).toBe(1);
  });

  it('finds mails by their sender and moves them', async () => {
    const { session, client } = await newMailbox();
    await file(session, 'INBOX', [
      raw('one', 'mallory@example.test'),
      raw('two'),
      raw('three', 'Mallory <mallory@example.test>'),
    ]);
    await session.createFolder(['Blocked']);
    await session.open('INBOX', 'write');
    const found = await session.searchFrom('mallory@example.test');
    expect(found).toEqual([1, 3]);
    expect(await session.moveMails(found, 'Blocked')).toBe('expunged');
    expect(await uidsIn(client, 'INBOX')).toEqual([2]);
    expect(await uidsIn(client, 'Blocked')).toHaveLength(2);
  });

  it('gives whole mails byte for byte, and of one that is too large only that it is there', async () => {
    const { session } = await newMailbox();
    const large = raw('x'.repeat(2000));
    await file(session, 'INBOX', [raw('one'), large, raw('three')]);
    await session.open('INBOX', 'read');
    const mails: [number, string | undefined][] = [];
    await session.fetchRaw([1, 2, 3, 99], 1000, ({ uid, source }) => mails.push([uid, source?.toString()]));
    expect(mails).toEqual([
      [1, raw('one').toString()],
      [2, undefined],
      [3, raw('three').toString()],
    ]);
    const fields = await session.fetchFields([1, 3], ['COI-Blocked', 'From']);
    expect(
      fields.map(({ uid, header }) => [uid, header.first('coi-blocked'), header.has('subject')]),
    ).toEqual([
      [1, 'yes', false],
      [3, 'yes', false],
    ]);
  });
});
