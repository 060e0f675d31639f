import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { updateAccount } from '../../../shared/store/account.ts';
import type { OutgoingMail } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { setMessageOutgoing } from '../../../shared/store/message.ts';
import { moveOutgoing, noteHandOver } from '../../../shared/store/outgoing.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import type { SmtpTurn } from '../../support/scripted-smtp.ts';
import { goOnFor, sendingScene } from '../../support/sending-scene.ts';
import { check } from '../../support/watched-account.ts';

const key = { 'idempotency-key': 'one message' };
const bob = 'bob@example.org';
const text = { kind: 'text', to: [bob], text: 'once' };
const silence = ({ socket }: SmtpTurn) => void socket.destroy();

describe.skipIf(!hasMailServers)('a mail of which nobody knows whether it was sent', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  /** One whose server broke off after the final dot, the first time at least. */
  async function unanswered(again: (turn: SmtpTurn) => void = silence) {
    let times = 0;
    const scene = await sendingScene(host, {
      MESSAGE: (turn) => (times++ === 0 ? silence(turn) : again(turn)),
    });
    const reply = await scene.client.request('POST', '/v1/messages', text, key);
    const sent = isRecord(reply.body) ? reply.body : {};
    expect(sent).toMatchObject({ state: 'unknown' });
    const [id, messageId] = [String(sent['id']), String(sent['messageId'])];
    const shown = async () => (await scene.client.expect(200, 'GET', messagesOf(sent)))['items'];
    const resend = () => scene.client.request('POST', `/v1/messages/${id}/resend`);
    const copy = chatMail({ from: scene.account.email, to: bob, text: 'once', messageId });
    return { ...scene, id, messageId, shown, resend, copy };
  }

  const messagesOf = ({ conversation }: Readonly<Record<string, unknown>>) =>
    `/v1/conversations/${String(conversation)}/messages`;
  const ok = ({ reply }: SmtpTurn) => reply('250 2.0.0 ok');

  it('is never sent again by itself, nor by a repeat of its call', async () => {
    const scene = await unanswered(ok);
    const states = await goOnFor(host, scene, scene.messageId, 12);
    expect(new Set(states)).toEqual(new Set(['unknown']));
    host.pass(limits.sendGiveUpMs);
    expect(await scene.step(scene.messageId)).toBe('unknown');
    expect(await scene.promised()).toBeUndefined();
    expect((await scene.outgoing(scene.messageId)).sealedMail).toBeUndefined();
    expect(scene.smtp.messages).toHaveLength(1);
  });

  it('gives a repeat of its call the first reply', async () => {
    const scene = await unanswered(ok);
    const again = await scene.client.request('POST', '/v1/messages', text, key);
    expect(again.body).toMatchObject({ id: scene.id, state: 'unknown' });
    expect(scene.smtp.messages).toHaveLength(1);
  });

  it.each(['Sent', 'COI/Chats'])(
    'is sent once its copy is found in %s, also when that comes late',
    async (folder) => {
      const scene = await unanswered();
      if (folder !== 'Sent') await scene.makeFolder(folder);
      expect(await scene.step(scene.messageId)).toBe('unknown');
      await scene.file(folder, scene.copy);
      expect(await goOnFor(host, scene, scene.messageId, 2)).toContain('sent');
      expect(await scene.shown()).toMatchObject([{ outgoing: { state: 'sent' } }]);
      expect(await scene.copies(folder)).toEqual([scene.messageId]);
      expect(await scene.promised()).toBeUndefined();
      expect(scene.smtp.messages).toHaveLength(1);
    },
  );

  it('is not sent to those whom the server did not take before its end, once its copy is found', async () => {
    const [carol, dan] = ['carol@example.org', 'dan@example.org'];
    const asked: string[] = [];
    let times = 0;
    const scene = await sendingScene(host, {
      RCPT: ({ line, reply }) => {
        asked.push(line);
        if (line.includes(carol)) return reply('550 5.1.1 nobody');
        return reply(line.includes(dan) && times === 0 ? '450 4.2.1 later' : '250 ok');
      },
      MESSAGE: (turn) => (times++ === 0 ? silence(turn) : ok(turn)),
    });
    const sent = await scene.client.expect(202, 'POST', '/v1/messages', { ...text, to: [bob, carol, dan] });
    const messageId = String(sent['messageId']);
    expect(sent).toMatchObject({ state: 'unknown' });
    await scene.file('Sent', chatMail({ from: scene.account.email, to: bob, text: 'once', messageId }));
    expect(await scene.step(messageId)).toBe('partly-refused');
    const shown = async () => (await scene.client.expect(200, 'GET', messagesOf(sent)))['items'];
    const outgoing = { state: 'partly-refused', refused: [carol] };
    expect(await shown()).toMatchObject([{ outgoing: { ...outgoing, waiting: [dan] } }]);
    asked.length = 0;
    await goOnFor(host, scene, messageId, 5);
    expect(asked.filter((line) => !line.includes(dan))).toEqual([]);
    expect(await shown()).toMatchObject([{ outgoing }]);
    expect(await scene.promised()).toBeUndefined();
    expect(scene.smtp.messages).toHaveLength(2);
  });

  it('is looked for again while the mailbox cannot be reached', async () => {
    const scene = await unanswered();
    await scene.file('Sent', scene.copy);
    const { store } = host.services;
    const away = {
      ...scene.account,
      imap: { ...scene.account.imap, port: 1 },
      version: scene.account.version + 1,
    };
    await updateAccount(store, away);
    const states = await goOnFor(host, scene, scene.messageId, 12);
    expect(new Set(states)).toEqual(new Set(['unknown']));
    await updateAccount(store, { ...scene.account, version: away.version + 1 });
    expect(await goOnFor(host, scene, scene.messageId, 2)).toContain('sent');
  });

  it('is sent when somebody reports on it', async () => {
    const scene = await unanswered(ok);
    await check(host, scene.account);
    const report = [
      'From: MAILER-DAEMON@example.org',
      `To: ${scene.account.email}`,
      'Subject: Undelivered',
      'Message-ID: <report@example.org>',
      'Auto-Submitted: auto-replied',
      'MIME-Version: 1.0',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
      '',
      ...['--b', 'Content-Type: text/plain', '', 'It came back.'],
      ...['--b', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; example.org', ''],
      ...[`Final-Recipient: rfc822; ${bob}`, 'Action: failed', 'Status: 5.1.1', ''],
      ...['--b', 'Content-Type: text/rfc822-headers', '', `Message-ID: ${scene.messageId}`, '', '--b--', ''],
    ].join('\r\n');
    await scene.file('INBOX', report);
    await check(host, scene.account);
    expect(await scene.shown()).toMatchObject([{ outgoing: { state: 'bounced', bounced: [bob] } }]);
    expect((await scene.resend()).body).toMatchObject({ state: 'sent' });
    expect(scene.smtp.messages).toHaveLength(1);
  });

  describe('and is to be sent again by its user', () => {
    it('goes out once more, the same under the same Message-ID', async () => {
      const scene = await unanswered(ok);
      expect(await scene.resend()).toMatchObject({ status: 202, body: { id: scene.id, state: 'sent' } });
      const [first, second, ...more] = scene.smtp.messages;
      expect(more).toEqual([]);
      expect(second).toBe(first);
      expect(second).toContain(`Message-ID: ${scene.messageId}`);
      expect(await scene.step(scene.messageId)).toBe('sent');
      expect(await scene.copies('Sent')).toEqual([scene.messageId]);
      // Whoever presses twice sends once.
      expect((await scene.resend()).body).toMatchObject({ state: 'sent' });
      expect(scene.smtp.messages).toHaveLength(2);
    });

    it('does not go out when its copy is found', async () => {
      const scene = await unanswered(ok);
      await scene.file('Sent', scene.copy);
      expect(await scene.resend()).toMatchObject({ status: 202, body: { state: 'sent' } });
      expect(scene.smtp.messages).toHaveLength(1);
    });

    it('does not go out unless it was looked for', async () => {
      const scene = await unanswered(ok);
      const { account } = scene;
      const imap = { ...account.imap, port: 1 };
      await updateAccount(host.services.store, { ...account, imap, version: account.version + 1 });
      expect(await scene.resend()).toMatchObject({ status: 502, body: { code: 'mail-host-unreachable' } });
      expect(scene.smtp.messages).toHaveLength(1);
    });

    it('goes out once, however many ask for it at once', async () => {
      const scene = await unanswered(ok);
      const replies = await Promise.all([scene.resend(), scene.resend(), scene.resend()]);
      expect(replies.map(({ status }) => status)).toEqual([202, 202, 202]);
      await eventually('it is sent', async () =>
        (await scene.step(scene.messageId)) === 'sent' ? true : undefined,
      );
      expect(scene.smtp.messages).toHaveLength(2);
    });

    it('is too old after two days', async () => {
      const scene = await unanswered(ok);
      host.pass(limits.sendGiveUpMs + 60_000);
      await scene.step(scene.messageId);
      expect(await scene.resend()).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect(scene.smtp.messages).toHaveLength(1);
    });

    it('is refused where the server refuses it, and then is written anew', async () => {
      const scene = await unanswered(({ reply }) => reply('554 5.7.1 no'));
      expect(await scene.resend()).toMatchObject({ body: { code: 'send-refused' } });
      expect(await scene.shown()).toMatchObject([
        { outgoing: { state: 'refused', code: 554, refused: [bob] } },
      ]);
      expect(await scene.resend()).toMatchObject({ status: 409 });
    });
  });

  describe('because the process died', () => {
    /** As a process leaves it that dies while it sends. */
    async function abandoned(isHandedOver: boolean) {
      const scene = await sendingScene(host, { GREETING: ({ socket }) => void socket.destroy() });
      const sent = await scene.client.expect(202, 'POST', '/v1/messages', text);
      expect(sent).toMatchObject({ state: 'queued' });
      const messageId = String(sent['messageId']);
      const queued = await scene.outgoing(messageId);
      const sending: OutgoingMail = {
        ...{ ...queued, state: 'sending', attempts: queued.attempts + 1 },
        notBeforeAt: host.services.clock.now() + limits.sendAttemptMs,
      };
      expect(await moveOutgoing(host.services.store, sending, queued)).toBe('moved');
      if (isHandedOver)
        expect(await noteHandOver(host.services.store, sending, { refused: [], later: [] })).toBe('noted');
      const next = await sendingScene(host, {});
      const account = { ...scene.account, smtp: next.account.smtp, version: scene.account.version + 1 };
      await updateAccount(host.services.store, account);
      const step = () => continueSend(next.services, account.id, messageId);
      return { scene, next, messageId, step };
    }

    it('before the end of the mail was handed over, is sent: the server cannot have it', async () => {
      const { scene, next, messageId, step } = await abandoned(false);
      expect(await step()).toBe('sending');
      expect(await goOnFor(host, { step }, messageId, 5)).toContain('sent');
      expect(next.smtp.messages).toHaveLength(1);
      expect((await scene.outgoing(messageId)).state).toBe('sent');
    });

    it('after that, is unknown, and not sent again', async () => {
      const { next, messageId, step } = await abandoned(true);
      expect(await step()).toBe('sending');
      expect((await goOnFor(host, { step }, messageId, 12)).at(-1)).toBe('unknown');
      expect(next.smtp.verbs).toEqual([]);
    });
  });

  it('says what became of it, though the process died before the message was told', async () => {
    const scene = await sendingScene(host, {});
    const sent = await scene.client.expect(202, 'POST', '/v1/messages', text);
    const messageId = String(sent['messageId']);
    const outgoing = await scene.outgoing(messageId);
    await setMessageOutgoing(host.services.store, outgoing, 'queued');
    await scene.step(messageId);
    const { items } = await scene.client.expect(200, 'GET', messagesOf(sent));
    expect(items).toMatchObject([{ outgoing: { state: 'sent' } }]);
  });

  it('does not go out by one who was taken for dead and comes back', async () => {
    let held: SmtpTurn | undefined;
    const scene = await sendingScene(host, {
      DATA(turn) {
        // The first one stands still here, until another has sent the mail.
        if (held === undefined) held = turn;
        else turn.reply('354 go ahead');
      },
    });
    const first = scene.client.request('POST', '/v1/messages', text);
    await eventually('the first stands still', async () => held);
    const { store, clock } = host.services;
    const partition = partitionOf(scene.account.id, store.partitions);
    const { pending } = await listPartition(store, partition, clock.now());
    const messageId = pending.find(({ accountId }) => accountId === scene.account.id)?.id ?? '';
    expect(await goOnFor(host, scene, messageId, 5)).toContain('sent');
    expect(scene.smtp.messages).toHaveLength(1);
    held?.reply('354 go ahead');
    expect((await first).status).toBe(202);
    await scene.smtp.closed();
    expect(scene.smtp.messages).toHaveLength(1);
    expect((await scene.outgoing(messageId)).state).toBe('sent');
  });
});
