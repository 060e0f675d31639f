import { randomBytes } from 'node:crypto';
import type { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { getMessage, setMessagePlace } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { mailboxPerson } from '../../support/watched-account.ts';

/** What a user of a mail program does in the INBOX. */
const inMailbox = <T>({ account }: Person, work: (client: ImapFlow) => Promise<T>): Promise<T> =>
  withMailbox(sharedMail(), account, async (client) => {
    await client.mailboxOpen('INBOX');
    return work(client);
  });

type Person = { readonly client: ContractClient; readonly account: Account };

describe.skipIf(!hasMailServers)('reading from the mailbox', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  const person = () => mailboxPerson(host, sharedMail());

  /** Puts mails into the INBOX, and stores what a check would store of them. */
  async function received(person: Person, mails: readonly string[]): Promise<readonly Message[]> {
    const { account } = person;
    const places: { uid: number; uidValidity: number; messageId: string }[] = [];
    await inMailbox(person, async (client) => {
      for (const mail of mails) {
        const appended = await client.append('INBOX', mail.replaceAll('\n', '\r\n'));
        if (appended === false || appended.uid === undefined) throw new Error('not appended');
        const messageId = /^message-id: (.*)$/im.exec(mail)?.[1] ?? '';
        places.push({ uid: appended.uid, uidValidity: Number(appended.uidValidity), messageId });
      }
    });
    const { messages } = await seedConversation(host.services, account, {
      messages: mails.length,
      message: (index) => {
        const { uid = 0, uidValidity = 0, messageId = '' } = places[index] ?? {};
        return { messageId, place: { folder: 'INBOX', uid, uidValidity } };
      },
    });
    return messages;
  }

  async function receivedOne(to: Person, mail: string): Promise<Message> {
    const [message] = await received(to, [mail]);
    if (message === undefined) throw new Error('not received');
    return message;
  }

  const plainMail = (text: string, id = randomBytes(6).toString('hex')) =>
    `From: Bob <bob@example.org>\nTo: me\nSubject: Chat\nMessage-ID: <chat$${id}@example.org>\nChat-Version: 1.0\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${text}\n`;

  const mixedMail = (id = randomBytes(6).toString('hex')) => `From: bob@example.org
Message-ID: <chat$${id}@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe
--inner
Content-Type: text/html; charset=utf-8

<p onclick="steal()">Grüße</p><script>steal()</script><img src="https://tracker.example.org/x.gif">
--inner--
--outer
Content-Type: text/html; name*=utf-8''b%C3%B6se%0D%0A.html
Content-Disposition: attachment; filename*=utf-8''b%C3%B6se%0D%0A.html
Content-Transfer-Encoding: base64

PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
--outer
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=random.bin

${random.toString('base64').replace(/.{76}/g, '$&\n')}
--outer--
`;
  const random = randomBytes(300_000);

  it('shows the text of a message, and leaves it unseen', async () => {
    const me = await person();
    const message = await receivedOne(me, plainMail('Grüße vom See 🎣\n\n> zitiert'));
    const shown = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(message)}`);
    expect(shown).toMatchObject({ id: messageRef(message), truncated: false, seen: false });
    expect(String(shown['text']).trim()).toBe('Grüße vom See 🎣\n\n> zitiert');
    expect(shown).not.toHaveProperty('html');
    const flags = await inMailbox(me, async (client) => {
      const fetched = await client.fetchOne('1', { flags: true });
      return fetched === false ? undefined : [...(fetched.flags ?? [])];
    });
    expect(flags).not.toContain('\\Seen');
  });

  it('shows the HTML only when asked for, and only what is harmless in it', async () => {
    const me = await person();
    const message = await receivedOne(me, mixedMail());
    const plain = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(message)}`);
    expect(String(plain['text']).trim()).toBe('Grüße');
    expect(plain).not.toHaveProperty('html');
    const rich = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(message)}?html=1`);
    expect(String(rich['text']).trim()).toBe('Grüße');
    expect(rich['html']).toContain('<p>Grüße</p>');
    expect(rich['html']).not.toMatch(/script|steal|tracker|<img/);
    const reply = await me.client.request('GET', `/v1/messages/${messageRef(message)}?html=yes`);
    expect(reply.body).toMatchObject({ status: 400, errors: [{ field: 'html' }] });
  });

  it('cuts a text that is too long, and says so', async () => {
    const me = await person();
    const message = await receivedOne(
      me,
      plainMail('0123456789abcde\n'.repeat(limits.shownTextBytes / 16 + 10)),
    );
    const shown = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(message)}`);
    expect(shown['truncated']).toBe(true);
    expect(String(shown['text']).length).toBeLessThanOrEqual(limits.shownTextBytes);
    expect(String(shown['text']).length).toBeGreaterThan(limits.shownTextBytes / 2);
  });

  it('gives the whole mail byte for byte', async () => {
    const me = await person();
    const mail = mixedMail();
    const message = await receivedOne(me, mail);
    const response = await me.client.raw('GET', `/v1/messages/${messageRef(message)}/raw`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'message/rfc822',
      'content-disposition': `attachment; filename="message.eml"; filename*=UTF-8''message.eml`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(mail.replaceAll('\n', '\r\n')))).toBe(
      true,
    );
  });

  it('gives an attachment decoded, with its own type, to be saved and never shown', async () => {
    const me = await person();
    const message = await receivedOne(me, mixedMail());
    const get = (part: string) => me.client.raw('GET', `/v1/messages/${messageRef(message)}/parts/${part}`);
    const binary = await get('3');
    expect(binary.headers.get('content-type')).toBe('application/octet-stream');
    expect(binary.headers.get('content-disposition')).toContain('filename="random.bin"');
    expect(Buffer.from(await binary.arrayBuffer()).equals(random)).toBe(true);
    const page = await get('2');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-disposition')).toBe(
      `attachment; filename="b_se.html"; filename*=UTF-8''b%C3%B6se.html`,
    );
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect(page.headers.get('content-security-policy')).toContain('sandbox');
    expect(await page.text()).toBe('<script>alert(1)</script>');
    const text = await get('1.1');
    expect(text.headers.get('content-type')).toBe('text/plain; charset=iso-8859-1');
    expect(Buffer.from(await text.arrayBuffer()).toString('latin1')).toBe('Grüße');
    for (const part of ['1', '4', '2.1']) {
      const reply = await me.client.request('GET', `/v1/messages/${messageRef(message)}/parts/${part}`);
      expect([part, reply.status]).toEqual([part, 404]);
    }
  });

  it('answers HEAD without holding the mailbox open', async () => {
    const me = await person();
    const message = await receivedOne(me, mixedMail());
    const response = await me.client.raw('HEAD', `/v1/messages/${messageRef(message)}/raw`);
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('finds a mail that was moved by its Message-ID, and remembers where', async () => {
    const me = await person();
    const message = await receivedOne(me, plainMail('moved text'));
    await inMailbox(me, async (client) => {
      await client.mailboxCreate('COI/Chats').catch(() => undefined);
      await client.messageMove('1', 'COI/Chats');
    });
    const shown = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(message)}`);
    expect(String(shown['text']).trim()).toBe('moved text');
    const { store, clock } = host.services;
    const stored = await getMessage(store, me.account.id, message.conversationId, message.key, clock.now());
    expect(stored?.place?.folder).toMatch(/Chats$/);
  });

  it('says that a mail is not there any more', async () => {
    const me = await person();
    const message = await receivedOne(me, plainMail('deleted text'));
    await inMailbox(me, (client) => client.messageDelete('1'));
    for (const path of ['', '/raw', '/parts/1']) {
      const reply = await me.client.request('GET', `/v1/messages/${messageRef(message)}${path}`);
      expect(reply.body).toMatchObject({ status: 404, code: 'not-found' });
    }
  });

  it('says that the mail server refused the password, or cannot be reached', async () => {
    const me = await person();
    const { imap, id } = me.account;
    const wrongPassword = await sealCredentials(host.services, `${id}-a`, { password: 'wrong' });
    const cases = [
      [{ ...me.account, id: `${id}-a`, ...wrongPassword }, 422, 'login-refused'],
      [
        {
          ...me.account,
          id: `${id}-b`,
          ...(await sealCredentials(host.services, `${id}-b`, { password: 'x' })),
          imap: { ...imap, port: 1 },
        },
        502,
        'mail-host-unreachable',
      ],
      [
        {
          ...me.account,
          id: `${id}-c`,
          ...(await sealCredentials(host.services, `${id}-c`, { password: 'x' })),
          imap: { ...imap, host: '169.254.169.254' },
        },
        422,
        'mail-host-forbidden',
      ],
    ] as const;
    for (const [changes, status, code] of cases) {
      const { client, account } = await host.account(changes);
      const [message] = (await seedConversation(host.services, account)).messages;
      if (message === undefined) throw new Error('nothing seeded');
      const reply = await client.request('GET', `/v1/messages/${messageRef(message)}`);
      expect(reply.body).toMatchObject({ status, code });
      expect(JSON.stringify(reply.body)).not.toMatch(/169\.254|wrong/);
    }
  });

  it('marks as seen in the mailbox what was unread up to a message, and no other mail', async () => {
    const me = await person();
    const messages = await received(
      me,
      ['a', 'b', 'c'].map((text) => plainMail(text)),
    );
    const [, second] = messages;
    if (second === undefined) throw new Error('not received');
    const path = '/v1/conversations/conversation-1/seen';
    const reply = await me.client.expect(200, 'POST', path, { upTo: messageRef(second) });
    expect(reply).toMatchObject({ unread: 1 });
    const seen = await inMailbox(me, async (client) => {
      const flags: boolean[] = [];
      for await (const mail of client.fetch('1:*', { flags: true }))
        flags.push(mail.flags?.has('\\Seen') === true);
      return flags;
    });
    expect(seen).toEqual([true, true, false]);
  });

  it('is not fooled into another mail by a folder that was numbered anew', async () => {
    const me = await person();
    const messages = await received(me, [plainMail('first'), plainMail('second')]);
    const [first] = messages;
    if (first === undefined) throw new Error('not received');
    const { store, clock } = host.services;
    // The UID of the second mail, under a UIDVALIDITY of old.
    await setMessagePlace(
      store,
      { ...first, messageKey: first.key },
      { folder: 'INBOX', uidValidity: 1, uid: 2 },
    );
    const shown = await me.client.expect(200, 'GET', `/v1/messages/${messageRef(first)}`);
    expect(String(shown['text']).trim()).toBe('first');
    const stored = await getMessage(store, me.account.id, first.conversationId, first.key, clock.now());
    expect(stored?.place?.uid).toBe(1);
  });
});
