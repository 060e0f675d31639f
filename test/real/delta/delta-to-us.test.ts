import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { Delta } from '../../support/delta.ts';
import { type DeltaChat, startDeltaChat } from '../../support/delta-chat.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { type WatchedPerson, watchedPerson } from '../../support/watched-person.ts';

describe.skipIf(!hasMailServers)('a real Delta Chat that writes in the clear', () => {
  let host: ApiHost;
  let push: PushService;
  let chat: DeltaChat;
  let bob: Delta;
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coi-push-delta-files-'));
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    chat = startDeltaChat();
    const email = sharedMail().newAddress('bob');
    bob = await chat.newDelta({ ...sharedMail(), email, name: 'Bob Müller', encrypted: false });
  });

  afterAll(async () => {
    await chat?.stop();
    await host?.stop();
    await push?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const watched = () => watchedPerson(host, push);

  async function onlyConversation(person: WatchedPerson) {
    const [conversation, ...more] = await person.conversations();
    expect(more).toEqual([]);
    return { conversation, messages: await person.messages(conversation?.['id']) };
  }

  it('rings once for a text, which is in the 1:1 with its sender', async () => {
    const alice = await watched();
    await bob.send(await bob.chatWith(alice.email), { text: 'Grüße aus Delta' });
    await alice.look();
    await alice.look();
    const { conversation, messages } = await onlyConversation(alice);
    expect(conversation).toMatchObject({
      kind: 'direct',
      title: 'Bob Müller',
      participants: [{ address: bob.email, name: 'Bob Müller' }],
      unread: 1,
    });
    expect(messages).toMatchObject([{ kind: 'text', own: false, encrypted: false, attachments: [] }]);
    expect(alice.pushes()).toMatchObject([
      {
        'from-email': bob.email,
        'from-name': 'Bob Müller',
        'msg-id': messages[0]?.['messageId'],
        'x-coi-push': { conversation: conversation?.['id'], kind: 'text', badge: 1 },
      },
    ]);
    const [message] = messages;
    expect(await alice.client.expect(200, 'GET', `/v1/messages/${message?.['id']}`)).toMatchObject({
      text: 'Grüße aus Delta',
    });
  });

  it('has its images as attachments', async () => {
    const alice = await watched();
    const file = join(dir, 'dot.png');
    writeFileSync(file, onePixel);
    await bob.send(await bob.chatWith(alice.email), {
      text: 'look',
      viewtype: 'Image',
      file,
      filename: 'dot.png',
    });
    await alice.look();
    const { messages } = await onlyConversation(alice);
    expect(messages).toMatchObject([{ kind: 'text', attachments: [{ type: 'image/png' }] }]);
    const [message] = messages;
    const attachments = message?.['attachments'];
    const part = Array.isArray(attachments) ? attachments[0]?.part : undefined;
    const reply = await alice.client.raw('GET', `/v1/messages/${message?.['id']}/parts/${part}`);
    expect(reply.headers.get('content-type')).toBe('image/png');
    const bytes = Buffer.from(await reply.arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(alice.pushes()).toHaveLength(1);
  });

  it('answers with the id of what it answers', async () => {
    const alice = await watched();
    const chatId = await bob.chatWith(alice.email);
    const first = await bob.send(chatId, { text: 'first' });
    await bob.send(chatId, { text: 'second' });
    const answer = await bob.send(chatId, { text: 'about the first', quotedMessageId: first });
    await alice.look();
    const { messages } = await onlyConversation(alice);
    expect(messages).toHaveLength(3);
    const messageId = await bob.messageId(answer);
    expect(messages.find((message) => message['messageId'] === messageId)).toMatchObject({
      inReplyTo: await bob.messageId(first),
    });
  });

  it('confirms that it read what asked for it, which rings nobody', async () => {
    const alice = await watched();
    const sent = await alice.client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [bob.email],
      text: 'please confirm',
      requestReceipt: true,
    });
    const received = await bob.received(({ text }) => text === 'please confirm');
    await bob.rpc.acceptChat(bob.id, received.chatId);
    await bob.mailing(() => bob.rpc.markseenMsgs(bob.id, [received.id]));
    await alice.look();
    const { messages } = await onlyConversation(alice);
    expect(messages).toMatchObject([
      { id: sent['id'], receipts: [{ by: bob.email }], outgoing: { state: 'read' } },
    ]);
    expect(alice.pushes()).toEqual([]);
  });

  it('reacts, with another emoji, and no more, which rings nobody', async () => {
    const alice = await watched();
    await alice.client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [bob.email],
      text: 'good news',
    });
    const received = await bob.received(({ text }) => text === 'good news');
    await bob.rpc.acceptChat(bob.id, received.chatId);
    const seen: unknown[] = [];
    for (const emojis of [['🎉'], ['👍'], []]) {
      await bob.mailing(() => bob.rpc.sendReaction(bob.id, received.id, emojis));
      const second = secondNow();
      await alice.look();
      const { messages } = await onlyConversation(alice);
      expect(messages).toHaveLength(1);
      seen.push(messages[0]?.['reactions']);
      // Of two within one second, nothing in the mails tells which is the later one.
      await eventually('the next second', () => (secondNow() === second ? undefined : true));
    }
    expect(seen).toEqual([[{ by: bob.email, emoji: '🎉' }], [{ by: bob.email, emoji: '👍' }], []]);
    expect(alice.pushes()).toEqual([]);
  });

  it('edits its message, which has the new text then and rings no second time', async () => {
    const alice = await watched();
    const msgId = await bob.send(await bob.chatWith(alice.email), { text: 'at nine' });
    await alice.look();
    await bob.mailing(() => bob.rpc.sendEditRequest(bob.id, msgId, 'at ten'));
    await alice.look();
    const { conversation, messages } = await onlyConversation(alice);
    expect(messages).toMatchObject([{ kind: 'text', editedAt: expect.any(String) }]);
    expect(conversation).toMatchObject({ unread: 1 });
    const [message] = messages;
    expect(await alice.client.expect(200, 'GET', `/v1/messages/${message?.['id']}`)).toMatchObject({
      text: 'at ten',
    });
    expect(alice.pushes()).toHaveLength(1);
  });

  it('has a group of its own, with its members', async () => {
    const alice = await watched();
    const carol = sharedMail().newAddress('carol');
    await bob.group('Alpine Club', [alice.email, carol], 'hello all');
    await alice.look();
    const { conversation, messages } = await onlyConversation(alice);
    expect(conversation).toMatchObject({ kind: 'group', unread: 1 });
    expect(conversation?.['participants']).toHaveLength(2);
    expect(conversation?.['participants']).toContainEqual({ address: bob.email, name: 'Bob Müller' });
    expect(conversation?.['participants']).toContainEqual({ address: carol, name: null });
    expect(messages).toHaveLength(1);
    expect(alice.pushes()).toHaveLength(1);
  });

  // Without encryption it writes `Chat-Group-Name` and no `Chat-Group-ID`; the name is read beside an id alone today.
  it('calls its group what it is called', async () => {
    const alice = await watched();
    const carol = sharedMail().newAddress('carol');
    await bob.group('Alpine Club', [alice.email, carol], 'hello all');
    await alice.look();
    expect((await onlyConversation(alice)).conversation).toMatchObject({ title: 'Alpine Club' });
  });

  it('renames its group and leaves it, which is told and rings nobody', async () => {
    const alice = await watched();
    const carol = sharedMail().newAddress('carol');
    const group = await bob.group('Alpine Club', [alice.email, carol], 'hello all');
    await alice.look();
    await bob.mailing(() => bob.rpc.setChatName(bob.id, group, 'Valley Club'));
    await alice.look();
    await bob.mailing(() => bob.rpc.leaveGroup(bob.id, group));
    await alice.look();
    const { conversation, messages } = await onlyConversation(alice);
    expect(conversation).toMatchObject({ participants: [{ address: carol }] });
    expect(messages.map(({ kind }) => kind).toSorted()).toEqual(['group-info', 'group-left', 'text']);
    expect(alice.pushes()).toHaveLength(1);
  });
});

const secondNow = () => Math.floor(Date.now() / 1000);

const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
