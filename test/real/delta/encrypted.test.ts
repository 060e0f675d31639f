import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type MailCapture, startMailCapture } from '../../support/captured-mail.ts';
import type { Delta } from '../../support/delta.ts';
import { type DeltaChat, startDeltaChat } from '../../support/delta-chat.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { sourcesIn } from '../../support/mailbox-sources.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { type WatchedPerson, watchedPerson } from '../../support/watched-person.ts';

describe.skipIf(!hasMailServers)('Delta Chats that encrypt everything', () => {
  let host: ApiHost;
  let push: PushService;
  let chat: DeltaChat;
  let capture: MailCapture;
  let bob: Delta;
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coi-push-delta-files-'));
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    capture = await startMailCapture();
    chat = startDeltaChat();
    bob = await newDelta('bob');
  });

  afterAll(async () => {
    await chat?.stop();
    await capture?.stop();
    await host?.stop();
    await push?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const newDelta = (name: string) =>
    chat.newDelta({ ...sharedMail(), email: sharedMail().newAddress(name), encrypted: true });

  /**
   * Somebody with a Delta Chat that is not running now, whose mailbox the service watches. A running one that knows of no
   * other devices removes what it fetched from the server.
   */
  async function watched(): Promise<{ delta: Delta; person: WatchedPerson }> {
    const delta = await newDelta('alice');
    await delta.rpc.stopIo(delta.id);
    return { delta, person: await watchedPerson(host, push, { email: delta.email }) };
  }

  async function allMessages(person: WatchedPerson) {
    const lists = (await person.conversations()).map(({ id }) => person.messages(id));
    return (await Promise.all(lists)).flat();
  }

  it('ring once for a message, with its ciphertext and nothing that it says', async () => {
    const { delta, person } = await watched();
    await bob.send(await bob.secretChatWith(delta), { text: 'the treasure lies under the oak' });
    await person.look();
    await person.look();
    const [raw] = await sourcesIn(person.email);
    const body = String(raw).slice(String(raw).indexOf('\r\n\r\n') + 4);
    expect(body).toContain('-----BEGIN PGP MESSAGE-----');
    expect(person.pushes()).toMatchObject([
      {
        'from-email': bob.email,
        'content-type': expect.stringContaining('multipart/encrypted'),
        content: body,
        'x-coi-push': { kind: 'encrypted' },
      },
    ]);
    const [message, ...more] = await allMessages(person);
    expect(more).toEqual([]);
    expect(message).toMatchObject({ encrypted: true, own: false, from: { address: bob.email } });
    const reply = await person.client.raw('GET', `/v1/messages/${message?.['id']}/raw`);
    expect(Buffer.from(await reply.arrayBuffer()).equals(raw ?? Buffer.alloc(0))).toBe(true);
  });

  it('ring without the ciphertext where that is too long for a push', async () => {
    const { delta, person } = await watched();
    const text = randomBytes(3000).toString('base64');
    await bob.send(await bob.secretChatWith(delta), { text });
    await person.look();
    const [first, ...more] = person.pushes();
    expect(more).toEqual([]);
    expect(first).toMatchObject({ 'from-email': bob.email, 'x-coi-push': { kind: 'encrypted' } });
    expect(first).not.toHaveProperty('content');
  });

  it('ring once for a large attachment, though it comes as two mails', async () => {
    const { delta, person } = await watched();
    const file = join(dir, 'large.bin');
    writeFileSync(file, randomBytes(200_000));
    await bob.send(await bob.secretChatWith(delta), { text: 'large', file, filename: 'large.bin' });
    const sources = (await sourcesIn(person.email)).map(String);
    expect(sources.map((source) => /^Chat-Is-Post-Message: 1/m.test(source)).toSorted()).toEqual([
      false,
      true,
    ]);
    await person.look();
    expect(person.pushes()).toHaveLength(1);
    expect(await allMessages(person)).toHaveLength(1);
  });

  it("ring nobody for what their owner wrote, nor for what they tell their owner's other devices", async () => {
    const { delta, person } = await watched();
    await delta.rpc.setConfig(delta.id, 'bcc_self', '1');
    await delta.rpc.startIo(delta.id);
    const chatId = await delta.secretChatWith(bob);
    await delta.send(chatId, { text: 'from me' });
    await delta.mailing(() => delta.rpc.setChatVisibility(delta.id, chatId, 'Archived'));
    expect(await sourcesIn(person.email)).toHaveLength(2);
    await person.look();
    expect(person.pushes()).toEqual([]);
  });

  it('ring nobody for a handshake that begins', async () => {
    const { delta, person } = await watched();
    const invitation = await delta.rpc.getChatSecurejoinQrCode(delta.id, null);
    await bob.mailing(() => bob.rpc.secureJoin(bob.id, invitation));
    expect(await sourcesIn(person.email)).toHaveLength(1);
    await person.look();
    expect(person.pushes()).toEqual([]);
    expect(await person.conversations()).toEqual([]);
  });

  it('can send through the service, which changes no byte of what they encrypted', async () => {
    const email = sharedMail().newAddress('carol');
    const carol = await chat.newDelta({ ...sharedMail(), smtp: capture.smtp, email, encrypted: true });
    const person = await watchedPerson(host, push, { email });
    await carol.send(await carol.secretChatWith(bob), { text: 'made by a client' });
    const [mail] = capture.mails;
    if (mail === undefined) throw new Error('nothing was captured');
    await bob.rpc.stopIo(bob.id);
    const reply = await host.api.request(`/v1/messages/raw?to=${bob.email}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.client.token}`, 'content-type': 'message/rfc822' },
      body: new Uint8Array(mail.raw),
    });
    expect(await reply.json()).toMatchObject({ state: 'sent' });
    expect(reply.status).toBe(202);
    // Servers on the way put their trace on top of it.
    const arrived = (await sourcesIn(bob.email)).filter((raw) =>
      raw.subarray(-mail.raw.length).equals(mail.raw),
    );
    expect(arrived).toHaveLength(1);
    await bob.rpc.startIo(bob.id);
    expect(await bob.received(({ text }) => text === 'made by a client')).toMatchObject({
      showPadlock: true,
      sender: { address: email },
    });
    await person.look();
    expect(person.pushes()).toEqual([]);
    expect(await allMessages(person)).toMatchObject([{ own: true, encrypted: true }]);
  });
});
