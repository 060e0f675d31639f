import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCertificateAuthority } from '../../../functions/local/demo/certificate-authority.ts';
import { type DemoMail, type DemoMailbox, startDemoMail } from '../../../functions/local/demo/demo-mail.ts';
import { limits } from '../../../shared/core/limits.ts';
import { type MailSession, openMailSession } from '../../../shared/imap/mail-session.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { submitMail } from '../../../shared/smtp/submit-mail.ts';

const never = new AbortController().signal;
const deadlineMs = 10_000;

describe('the mail server of the demo', () => {
  let mail: DemoMail;
  let ca: string;
  const sessions: MailSession[] = [];
  const network = (cas: readonly string[] = [ca]) => ({
    guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
    trust: trustStore(cas),
  });

  beforeAll(async () => {
    const authority = await createCertificateAuthority();
    ca = authority.ca;
    mail = await startDemoMail(authority);
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.close();
  });
  afterAll(() => mail.stop());

  const login = ({ address, imapPort }: DemoMailbox, password = mail.password) =>
    ({ host: 'localhost', port: imapPort, tls: 'implicit', user: address, password }) as const;
  const open = async (mailbox: DemoMailbox) => {
    const session = await openMailSession(login(mailbox), network(), { deadlineMs });
    sessions.push(session);
    return session;
  };
  const submission = (password = mail.password) =>
    ({ host: 'localhost', port: mail.smtpPort, tls: 'implicit', user: mail.bob.address, password }) as const;
  const bodyOf = (text: string) => Buffer.from(text, 'utf8');
  const rawOf = (messageId: string, body: Buffer, more = '') =>
    Buffer.concat([
      Buffer.from(
        `From: Bob <${mail.bob.address}>\r\nTo: ${mail.alice.address}\r\nSubject: Chat\r\nMessage-ID: ${messageId}\r\n` +
          `Chat-Version: 1.0\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n` +
          `Content-Transfer-Encoding: 8bit\r\n${more}\r\n`,
      ),
      body,
    ]);
  const deliver = (raw: Buffer, to = [mail.alice.address]) =>
    submitMail(submission(), network(), { from: mail.bob.address, to, raw }, { deadlineMs });

  it('announces a submitted mail to who waits, and gives it byte for byte in one fetch', async () => {
    const session = await open(mail.alice);
    const { uidNext = 0 } = await session.open('INBOX', 'read');
    const woken = session.idle({ renewAfterMs: deadlineMs, signal: never });
    const body = bodyOf('Grüße 👋\r\n..two dots\r\n');
    expect(await deliver(rawOf('<one@demo.test>', body))).toMatchObject({ kind: 'accepted' });
    expect(await woken).toBe('activity');
    const [received] = await session.fetchFrom(uidNext, { limit: 10 });
    expect(received?.body?.toString('utf8')).toBe(body.toString('utf8'));
    expect(received?.header.first('chat-version')?.trim()).toBe('1.0');
    expect(received?.structure).toMatchObject({ type: 'text/plain', encoding: '8bit' });
    expect(received?.flags).not.toContain('\\Seen');
  });

  it('tells a body above the limit from one that just fits', async () => {
    const session = await open(mail.alice);
    const { uidNext = 0 } = await session.open('INBOX', 'read');
    const ofBytes = (bytes: number) => bodyOf(`${'x'.repeat(bytes - 2)}\r\n`);
    await deliver(rawOf('<fits@demo.test>', ofBytes(limits.pushBodyBytes)));
    await deliver(rawOf('<large@demo.test>', ofBytes(limits.pushBodyBytes + 1)));
    const received = await session.fetchFrom(uidNext, { limit: 10 });
    expect(received.map(({ body }) => body?.length)).toEqual([limits.pushBodyBytes, undefined]);
  });

  it('gives each of several mails its own body, whichever of them is short', async () => {
    const session = await open(mail.alice);
    const { uidNext = 0 } = await session.open('INBOX', 'read');
    const bodies = ['one\r\n', `${'2'.repeat(limits.pushBodyBytes - 2)}\r\n`, 'three\r\n'];
    for (const [index, body] of bodies.entries())
      await deliver(rawOf(`<many${index}@demo.test>`, bodyOf(body)));
    const received = await session.fetchFrom(uidNext, { limit: 10 });
    expect(received.map(({ body }) => body?.toString('utf8'))).toEqual(bodies);
  });

  it('gives the parts of a mail with an attachment', async () => {
    const session = await open(mail.alice);
    const { uidNext = 0 } = await session.open('INBOX', 'read');
    const raw = [
      `From: ${mail.bob.address}`,
      'Message-ID: <parts@demo.test>',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'see there',
      '--b',
      'Content-Type: application/octet-stream; name=a.bin',
      'Content-Disposition: attachment; filename=a.bin',
      'Content-Transfer-Encoding: base64',
      '',
      'AAEC',
      '--b--',
      '',
    ];
    await deliver(Buffer.from(raw.join('\r\n')));
    const [received] = await session.fetchFrom(uidNext, { limit: 10 });
    expect(received?.structure.children.map(({ part, type, filename }) => [part, type, filename])).toEqual([
      ['1', 'text/plain', undefined],
      ['2', 'application/octet-stream', 'a.bin'],
    ]);
    const chunks: Buffer[] = [];
    for await (const chunk of (await session.stream(received?.uid ?? 0, '2')) ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString().trim()).toBe('AAEC');
  });

  it('files a copy, tells its UID, finds it by Message-ID and keeps its flags', async () => {
    const session = await open(mail.bob);
    const sent = (await session.listFolders()).find(({ role }) => role === 'sent')?.path ?? '';
    const raw = rawOf('<filed@demo.test>', bodyOf('Grüße\r\n'.repeat(limits.streamPieceBytes / 8)));
    const { uid = 0 } = await session.append(sent, raw, { flags: ['\\Seen'], receivedAt: Date.now() });
    await session.open(sent, 'write');
    expect(await session.searchMessageId('<filed@demo.test>')).toEqual([uid]);
    expect(await session.searchMessageId('<other@demo.test>')).toEqual([]);
    await session.addFlags([uid], ['\\Answered']);
    expect((await session.fetchOne(uid))?.flags).toEqual(expect.arrayContaining(['\\Seen', '\\Answered']));
    const chunks: Buffer[] = [];
    for await (const chunk of (await session.stream(uid)) ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(raw)).toBe(true);
  });

  it('keeps the mailboxes of its users apart', async () => {
    const alice = await open(mail.alice);
    const bob = await open(mail.bob);
    const before = (await bob.status('INBOX')).messages;
    const { messages } = await alice.status('INBOX');
    await deliver(rawOf('<apart@demo.test>', bodyOf('x\r\n')));
    expect((await alice.status('INBOX')).messages).toBe(messages + 1);
    expect((await bob.status('INBOX')).messages).toBe(before);
  });

  it('refuses a wrong password, an unknown recipient, and who does not trust its authority', async () => {
    const wrong = openMailSession(login(mail.alice, 'wrong'), network(), { deadlineMs });
    await expect(wrong).rejects.toMatchObject({ code: 'login-refused' });
    const raw = rawOf('<refused@demo.test>', bodyOf('x\r\n'));
    const letter = { from: mail.bob.address, to: [mail.alice.address], raw };
    const stranger = submitMail(submission('wrong'), network(), letter, { deadlineMs });
    await expect(stranger).rejects.toMatchObject({ code: 'login-refused' });
    expect(await deliver(raw, ['carol@demo.test'])).toMatchObject({ kind: 'refused', code: 550 });
    const distrusted = openMailSession(login(mail.alice), network([]), { deadlineMs });
    await expect(distrusted).rejects.toMatchObject({ code: 'mail-host-unreachable' });
  });

  it('survives clients that talk nonsense or vanish', async () => {
    for (const words of ['a1 FETCH\r\n', '{99999999\r\n', 'a1 LOGIN {3}\r\n', '\0\r\n']) {
      const socket = connect({ host: 'localhost', port: mail.alice.imapPort, ca });
      await once(socket, 'data');
      socket.write(words);
      socket.destroy();
      await once(socket, 'close');
    }
    const session = await open(mail.alice);
    expect(await session.open('INBOX', 'read')).toMatchObject({ uidValidity: expect.any(Number) });
  });
});
