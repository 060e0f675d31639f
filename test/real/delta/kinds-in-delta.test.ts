import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { Delta } from '../../support/delta.ts';
import { type DeltaChat, startDeltaChat } from '../../support/delta-chat.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { type WatchedPerson, watchedPerson } from '../../support/watched-person.ts';

/** A PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

describe.skipIf(!hasMailServers)('the kinds of messages we send, in a real Delta Chat', () => {
  let host: ApiHost;
  let chat: DeltaChat;
  let bob: Delta;
  let carol: string;
  let alice: WatchedPerson;
  let push: PushService;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    chat = startDeltaChat();
    bob = await chat.newDelta({
      ...sharedMail(),
      email: sharedMail().newAddress('bob'),
      name: 'Bob',
      encrypted: false,
    });
    carol = sharedMail().newAddress('carol');
    alice = await watchedPerson(host, push);
    await bob.rpc.acceptChat(bob.id, await bob.chatWith(alice.email));
  });

  afterAll(async () => {
    await chat?.stop();
    await host?.stop();
    await push?.close();
  });

  const send = (body: object) => alice.client.expect(202, 'POST', '/v1/messages', body);

  /** A text that arrived: what we know of it, and what Delta Chat does. */
  async function said(text: string) {
    const sent = await send({ kind: 'text', to: [bob.email], text });
    return { sent, received: await bob.received((message) => message.text === text) };
  }

  it('a text is in the chat with its sender, which is in the list of chats', async () => {
    const text = 'Grüße aus coi-push\n\nund noch mehr';
    const { received } = await said(text);
    expect(received).toMatchObject({ sender: { address: alice.email }, isInfo: false, showPadlock: false });
    expect(await bob.rpc.getChatlistEntries(bob.id, null, null, null)).toContain(received.chatId);
    expect(await bob.rpc.getBasicChatInfo(bob.id, received.chatId)).toMatchObject({ chatType: 'Single' });
  });

  it('an answer knows the message it answers', async () => {
    const msgId = await bob.send(await bob.chatWith(alice.email), { text: 'lunch?' });
    await alice.look();
    const messageId = await bob.messageId(msgId);
    const lists = (await alice.conversations()).map(({ id }) => alice.messages(id));
    const question = (await Promise.all(lists)).flat().find((each) => each['messageId'] === messageId);
    await send({ kind: 'text', to: [bob.email], text: 'at one', replyTo: question?.['id'] });
    const answer = await bob.received(({ text }) => text === 'at one');
    expect(answer).toMatchObject({ parentId: msgId });
  });

  it('an edit changes the text of its message, and so does the next one', async () => {
    const { sent, received } = await said('at nine');
    const about = { kind: 'edit', conversation: sent['conversation'], target: sent['id'] };
    for (const text of ['at ten', 'at eleven']) {
      await send({ ...about, text });
      await bob.next('MsgsChanged', ({ msgId }) => msgId === received.id);
      expect(await bob.message(received.id)).toMatchObject({ text, isEdited: true });
    }
  });

  it('a reaction is seen on its message, changed, and taken back', async () => {
    const { sent, received } = await said('good news');
    const about = { kind: 'reaction', conversation: sent['conversation'], target: sent['id'] };
    for (const emoji of ['🎉', '👍 ❤️', '']) {
      await send({ ...about, emoji });
      await bob.next('ReactionsChanged', ({ msgId }) => msgId === received.id);
      const reactions = await bob.rpc.getMessageReactions(bob.id, received.id);
      const shown = reactions?.reactions.map((reaction) => reaction.emoji) ?? [];
      // It takes the first of several.
      expect(shown).toEqual(emoji.split(' ').filter(Boolean).slice(0, 1));
    }
  });

  it('a deletion says what it wants, for Delta Chat deletes in encrypted mail alone', async () => {
    const { sent, received } = await said('a secret');
    await send({ kind: 'delete', conversation: sent['conversation'], target: sent['id'] });
    const told = await bob.received();
    expect(told).toMatchObject({ chatId: received.chatId, text: '(The sender has deleted this message.)' });
  });

  it('a picture is shown as one, with its words', async () => {
    const attachments = [{ filename: 'dot ä.png', type: 'image/png', content: pixel }];
    await send({ kind: 'text', to: [bob.email], text: 'look', attachments });
    expect(await bob.received()).toMatchObject({ text: 'look', viewType: 'Image', fileName: 'dot ä.png' });
    await send({ kind: 'text', to: [bob.email], attachments });
    // The name stands in for words, for programs that would show an empty mail.
    expect(await bob.received()).toMatchObject({
      text: 'dot ä.png',
      viewType: 'Image',
      fileName: 'dot ä.png',
    });
  });

  it('a recording is heard as a voice message, with its duration', async () => {
    const recording = {
      filename: 'voice.mp3',
      type: 'audio/mpeg',
      content: pixel,
      voice: true,
      durationMs: 4200,
    };
    await send({ kind: 'text', to: [bob.email], attachments: [recording] });
    expect(await bob.received()).toMatchObject({ viewType: 'Voice', duration: 4200 });
  });

  it('a contact can be taken over', async () => {
    await send({ kind: 'contact', to: [bob.email], name: 'Doe, John', addresses: ['john@example.org'] });
    expect(await bob.received()).toMatchObject({
      viewType: 'Vcard',
      vcardContact: { displayName: 'Doe, John', addr: 'john@example.org' },
    });
  });

  it.each([
    [{ kind: 'location', latitude: 53.07516, longitude: 8.80777, text: 'Here' }, 'geo:53.07516,8.80777'],
    [{ kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'] }, '1. Today'],
    [{ kind: 'text', text: 'pinned', pinned: {} }, 'pinned'],
    [{ kind: 'text', text: 'plain', markdown: '**formatted**' }, 'plain'],
  ])('%j is readable', async (body, words) => {
    await send({ ...body, to: [bob.email] });
    const message = await bob.received();
    expect(message.text).toContain(words);
    expect(message).toMatchObject({ viewType: 'Text', isInfo: false });
  });

  it('a group has its name and members, and stays one chat', async () => {
    const group = { name: 'My Crew ä', participants: [bob.email, carol] };
    const sent = await send({ kind: 'text', group, text: 'Welcome' });
    const first = await bob.received(({ text }) => text === 'Welcome');
    await bob.rpc.acceptChat(bob.id, first.chatId);
    const chatOf = () => bob.rpc.getFullChatById(bob.id, first.chatId);
    const founded = await chatOf();
    expect(founded).toMatchObject({ name: 'My Crew ä', chatType: 'Group' });
    const contacts = await bob.rpc.getContactsByIds(bob.id, founded.contactIds);
    const members = Object.values(contacts).map(({ address }) => address);
    expect(members).toEqual(expect.arrayContaining([carol, alice.email]));
    expect(members).toHaveLength(3);
    const { conversation } = sent;
    await send({ kind: 'text', conversation, text: 'again' });
    expect(await bob.received()).toMatchObject({ text: 'again', chatId: first.chatId });
    await send({ kind: 'group-update', conversation, name: 'Our Crew' });
    expect(await bob.received()).toMatchObject({ chatId: first.chatId });
    expect(await chatOf()).toMatchObject({ name: 'Our Crew' });
  });

  it('a group gains and loses members, and is left', async () => {
    const dave = sharedMail().newAddress('dave');
    const group = { name: 'Chess Club', participants: [bob.email, carol] };
    const { conversation } = await send({ kind: 'text', group, text: 'first move' });
    const { chatId } = await bob.received(({ text }) => text === 'first move');
    const has = (...members: string[]) =>
      bob.until(`the group of ${members}`, async () => {
        const { contactIds } = await bob.rpc.getFullChatById(bob.id, chatId);
        const contacts = Object.values(await bob.rpc.getContactsByIds(bob.id, contactIds));
        const addresses = contacts.map(({ address }) => address).toSorted();
        return addresses.join() === members.toSorted().join() ? addresses : undefined;
      });
    await has(bob.email, alice.email, carol);
    // Its times of coming and going have whole seconds.
    host.pass(1_000);
    await send({ kind: 'group-update', conversation, add: [dave] });
    await has(bob.email, alice.email, carol, dave);
    host.pass(1_000);
    await send({ kind: 'group-update', conversation, remove: [carol] });
    await has(bob.email, alice.email, dave);
    host.pass(1_000);
    await send({ kind: 'group-leave', conversation });
    await has(bob.email, dave);
  });

  it('answers of Delta Chat to a group come into its conversation', async () => {
    const group = { name: 'Answers', participants: [bob.email, carol] };
    const { conversation } = await send({ kind: 'text', group, text: 'Who is there?' });
    const { chatId } = await bob.received(({ text }) => text === 'Who is there?');
    await bob.rpc.acceptChat(bob.id, chatId);
    await bob.send(chatId, { text: 'I am' });
    await alice.look();
    const { items } = await alice.client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(expect.objectContaining({ from: { address: bob.email, name: 'Bob' } }));
  });
});
