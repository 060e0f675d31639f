import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { idempotencyKey } from '../../../shared/store/keys.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { eventually } from '../../support/eventually.ts';
import { mailSessionOf, mailsWithBytes } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { type WatchedPerson, watchedPerson } from '../../support/watched-person.ts';

type Item = Record<string, unknown>;

describe.skipIf(!hasMailServers)('a message of each kind', () => {
  let host: ApiHost;
  let push: PushService;
  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });
  afterAll(async () => {
    await host?.stop();
    await push?.close();
  });

  const person = async () => {
    const watched = await watchedPerson(host, push);
    return { ...watched, accountId: watched.client.token?.split('.')[0] ?? '' };
  };
  const send = (from: WatchedPerson, body: object) => from.client.expect(202, 'POST', '/v1/messages', body);

  /** What somebody sees in his only conversation once so many messages are there, newest first. */
  async function seenBy(whom: WatchedPerson, fits: (messages: Item[]) => boolean): Promise<Item[]> {
    return eventually('the messages', async () => {
      await whom.look();
      const [conversation, ...more] = await whom.conversations();
      expect(more).toEqual([]);
      const messages = conversation === undefined ? [] : await whom.messages(conversation['id']);
      return fits(messages) ? messages : undefined;
    });
  }
  const oneOf = async (whom: WatchedPerson) => (await seenBy(whom, ({ length }) => length === 1))[0];
  const conversationOf = async (whom: WatchedPerson) => (await whom.conversations())[0] ?? {};

  /** Alice, Bob, and a text of hers that he has. */
  async function spoken(body: object = { kind: 'text', text: 'Hello' }) {
    const [alice, bob] = [await person(), await person()];
    const sent = await send(alice, { to: [bob.email], ...body });
    const { conversation, id } = sent;
    await oneOf(bob);
    const about = { conversation, target: id };
    return { alice, bob, sent, conversation, about };
  }

  /** As a server does that moves mails: with the times at which it got them. */
  async function copyToInbox(user: string, from: string): Promise<void> {
    const session = await mailSessionOf(user);
    for (const { raw, receivedAt } of await mailsWithBytes(session, from))
      await session.append('INBOX', raw, { flags: [], receivedAt });
  }

  const fetched = async (whom: WatchedPerson, message: Item | undefined) =>
    whom.client.expect(200, 'GET', `/v1/messages/${message?.['id']}`);
  const source = async (whom: WatchedPerson, message: Item | undefined) =>
    (await whom.client.raw('GET', `/v1/messages/${message?.['id']}/raw`)).text();

  it('text is read, formatted or not, pinned, as an answer', async () => {
    const { alice, bob, conversation, sent } = await spoken();
    await send(alice, {
      kind: 'text',
      conversation,
      text: 'bold',
      markdown: '**bold**',
      pinned: { until: '2099-01-01T00:00:00Z' },
      replyTo: sent['id'],
    });
    const [answer] = await seenBy(bob, ({ length }) => length === 2);
    expect(answer).toMatchObject({ kind: 'text', inReplyTo: sent['messageId'] });
    expect(await fetched(bob, answer)).toMatchObject({ text: 'bold' });
    for (const whom of [alice, bob]) {
      const [newest] = await whom.messages((await conversationOf(whom))['id']);
      expect(await conversationOf(whom)).toMatchObject({ pinnedMessageId: newest?.['id'] });
    }
    expect(await source(bob, answer)).toMatch(new RegExp(`^References: ${literal(sent['messageId'])}`, 'm'));
  });

  it('edit changes the text for both, each one after the one before', async () => {
    const { alice, bob, about, sent } = await spoken();
    const edits: Item[] = [];
    for (const text of ['Hullo', 'Hallo']) {
      edits.push(await send(alice, { kind: 'edit', ...about, text }));
    }
    await seenBy(bob, ([message]) => message?.['editedAt'] !== undefined);
    for (const whom of [alice, bob]) {
      const [message, ...more] = await whom.messages((await conversationOf(whom))['id']);
      expect(more).toEqual([]);
      expect(message).toMatchObject({ messageId: sent['messageId'], kind: 'text' });
    }
    const [first, second] = edits;
    // Nobody works on queues here: its copy is filed when somebody goes on with it.
    await continueSend(host.services, alice.accountId, String(second?.['messageId']));
    const mail = await source(alice, second);
    expect(mail).toMatch(new RegExp(`^In-Reply-To: ${literal(first?.['messageId'])}`, 'm'));
    expect(mail).toMatch(new RegExp(`^Chat-Edit: ${literal(sent['messageId'])}`, 'm'));
    expect(await fetched(alice, sent)).toMatchObject({ text: 'Hallo', editedAt: expect.any(String) });
  });

  it('delete takes it back for both, once', async () => {
    const { alice, bob, about } = await spoken();
    await send(alice, { kind: 'delete', ...about });
    await seenBy(bob, ([message]) => message?.['deletedAt'] !== undefined);
    const again = await alice.client.request('POST', '/v1/messages', { kind: 'delete', ...about });
    expect(again.body).toMatchObject({ status: 409, code: 'conflict', errors: [{ field: 'target' }] });
    const edit = await alice.client.request('POST', '/v1/messages', { kind: 'edit', ...about, text: 'x' });
    expect(edit.status).toBe(409);
  });

  it('reaction is on it for both, whoever wrote it, and taken back', async () => {
    const { alice, bob, about } = await spoken();
    const [received] = await bob.messages((await conversationOf(bob))['id']);
    const conversation = (await conversationOf(bob))['id'];
    await send(bob, { kind: 'reaction', conversation, target: received?.['id'], emoji: '👍 🎉' });
    await send(alice, { kind: 'reaction', ...about, emoji: '👨‍👩‍👧' });
    for (const whom of [alice, bob]) {
      const [message] = await seenBy(whom, ([one]) => listOf(one?.['reactions']).length === 3);
      expect(message?.['reactions']).toEqual(
        expect.arrayContaining([
          { by: bob.email, emoji: '👍' },
          { by: bob.email, emoji: '🎉' },
          { by: alice.email, emoji: '👨‍👩‍👧' },
        ]),
      );
    }
    await send(bob, { kind: 'reaction', conversation, target: received?.['id'], emoji: '' });
    await seenBy(alice, ([one]) => listOf(one?.['reactions']).length === 1);
  });

  it('location is a place', async () => {
    const { alice, bob } = await spoken({ kind: 'location', latitude: 53.07516, longitude: -8.80777 });
    for (const whom of [alice, bob]) {
      const [message] = await whom.messages((await conversationOf(whom))['id']);
      expect(message).toMatchObject({
        kind: 'location',
        location: { latitude: 53.07516, longitude: -8.80777 },
      });
    }
  });

  it('poll is voted on and closed', async () => {
    const poll = { kind: 'poll', question: 'When?', options: ['Today', 'Tomorrow'], multiple: false };
    const { alice, bob, about } = await spoken(poll);
    const [received] = await bob.messages((await conversationOf(bob))['id']);
    const conversation = (await conversationOf(bob))['id'];
    const target = received?.['id'];
    await send(bob, { kind: 'poll-vote', conversation, target, options: ['Today'] });
    const notHis = await bob.client.request('POST', '/v1/messages', {
      kind: 'poll-close',
      conversation,
      target,
    });
    expect(notHis.body).toMatchObject({ status: 400, errors: [{ field: 'target' }] });
    await send(alice, { kind: 'poll-close', ...about });
    const kinds = (messages: Item[]) => messages.map(({ kind }) => kind).sort();
    const all = ['poll', 'poll-close', 'poll-vote'];
    for (const whom of [alice, bob]) {
      expect(kinds(await seenBy(whom, ({ length }) => length === 3))).toEqual(all);
    }
  });

  it('contact is a card', async () => {
    const contact = { kind: 'contact', name: 'John Doe', addresses: ['john@example.org'] };
    const { bob } = await spoken(contact);
    const [message] = await bob.messages((await conversationOf(bob))['id']);
    expect(message).toMatchObject({ kind: 'contact', attachments: [{ filename: 'contact.vcf' }] });
  });

  it('group has the same members and name for all, whatever changes', async () => {
    const [alice, bob, carol] = [await person(), await person(), await person()];
    const group = { name: 'My Crew', participants: [bob.email.toUpperCase()], description: 'For fun' };
    const { conversation } = await send(alice, { kind: 'text', group, text: 'Welcome' });
    await oneOf(bob);
    const { groupId } = await conversationOf(alice);
    expect(groupId).toMatch(/^[0-9A-Za-z_-]{16}$/);
    expect(await conversationOf(bob)).toMatchObject({
      ...{ id: conversation, kind: 'group', title: 'My Crew', groupId },
      participants: [{ address: alice.email }],
    });

    await send(alice, {
      ...{ kind: 'group-update', conversation, name: 'Our Crew', add: [carol.email, bob.email] },
    });
    await oneOf(carol);
    await seenBy(bob, ({ length }) => length === 2);
    const membersFor = async (whom: WatchedPerson) => {
      const { title, participants } = await conversationOf(whom);
      return [
        title,
        listOf(participants)
          .map((member) => isRecord(member) && member['address'])
          .sort(),
      ];
    };
    await seenBy(bob, ({ length }) => length === 2);
    expect(await membersFor(alice)).toEqual(['Our Crew', [bob.email, carol.email].sort()]);
    expect(await membersFor(bob)).toEqual(['Our Crew', [alice.email, carol.email].sort()]);
    expect(await membersFor(carol)).toEqual(['Our Crew', [alice.email, bob.email].sort()]);

    await send(alice, { kind: 'group-update', conversation, remove: [bob.email] });
    expect(await membersFor(alice)).toEqual(['Our Crew', [carol.email]]);
    const told = await seenBy(bob, ({ length }) => length === 3);
    expect(told.map(({ kind }) => kind).sort()).toEqual(['member-added', 'member-removed', 'text']);
    await send(alice, { kind: 'text', conversation, text: 'without you' });
    await seenBy(carol, ({ length }) => length === 3);
    expect(await membersFor(carol)).toEqual(['Our Crew', [alice.email]]);
    await bob.look();
    expect(await bob.messages(conversation)).toHaveLength(3);
  });

  it('group is left by one of its members, which the others are told', async () => {
    const [alice, bob] = [await person(), await person()];
    const group = { name: 'My Crew', participants: [bob.email, sharedMail().newAddress('carol')] };
    const { conversation } = await send(alice, { kind: 'text', group, text: 'Welcome' });
    await oneOf(bob);
    await send(bob, { kind: 'group-leave', conversation, text: 'Bye' });
    const messages = await seenBy(alice, ({ length }) => length === 2);
    const bye = messages.find(({ own }) => own === false);
    expect(bye).toMatchObject({ kind: 'group-left', from: { address: bob.email } });
    expect(await fetched(alice, bye)).toMatchObject({ text: expect.stringMatching(/^Bye\s*$/) });
  });

  it('group is founded once with one key, also when the process died under it', async () => {
    const [alice, bob] = [await person(), await person()];
    const body = { kind: 'text', group: { name: 'Once', participants: [bob.email] }, text: 'Hi' };
    const found = () => alice.client.request('POST', '/v1/messages', body, { 'idempotency-key': 'found' });
    const first = await found();
    const { store } = host.services;
    await store.update(
      idempotencyKey(alice.accountId, 'found'),
      { text: 'REMOVE r' },
      { text: 'attribute_exists(r)' },
    );
    host.pass(limits.idempotencyHeldMs);
    expect((await found()).body).toEqual(first.body);
    expect(await alice.conversations()).toHaveLength(1);
    expect(await oneOf(bob)).toBeDefined();
  });

  it('change and deletion are done once with one key, also when the process died under it', async () => {
    const { alice, conversation, about } = await spoken();
    for (const [key, body] of Object.entries({
      edit: { kind: 'edit', ...about, text: 'Better' },
      delete: { kind: 'delete', ...about },
    })) {
      const once = () => alice.client.request('POST', '/v1/messages', body, { 'idempotency-key': key });
      const first = await once();
      expect(first.status).toBe(202);
      const named = idempotencyKey(alice.accountId, key);
      await host.services.store.update(named, { text: 'REMOVE r' }, { text: 'attribute_exists(r)' });
      host.pass(limits.idempotencyHeldMs);
      expect((await once()).body).toEqual(first.body);
    }
    expect(await alice.messages(conversation)).toHaveLength(1);
  });

  it('is listed for both in the order in which it was sent, within one second too', async () => {
    const { alice, bob, conversation, sent } = await spoken();
    const ids = [sent['messageId']];
    for (let index = 0; index < 5; index++) {
      ids.unshift((await send(alice, { kind: 'text', conversation, text: 'quick' }))['messageId']);
    }
    const received = await seenBy(bob, ({ length }) => length === ids.length);
    for (const listed of [received, await alice.messages(conversation)]) {
      expect(listed.map(({ messageId }) => messageId)).toEqual(ids);
    }
  });

  it('is to another service what it is here, once that reads the copies in the mailbox', async () => {
    const { alice, conversation, about, sent } = await spoken();
    const group = { name: 'My Crew', participants: [sharedMail().newAddress('carol')] };
    const founded = await send(alice, { kind: 'text', group, text: 'Welcome' });
    const image = { filename: 'ä.png', type: 'image/png', content: 'eA==' };
    const mails = [sent, founded];
    for (const body of [
      { kind: 'edit', ...about, text: 'Hallo' },
      { kind: 'reaction', ...about, emoji: '👍' },
      { kind: 'location', conversation, latitude: 1, longitude: 2 },
      { kind: 'poll', conversation, question: 'When?', options: ['Today', 'Tomorrow'] },
      { kind: 'contact', conversation, name: 'John', addresses: ['john@example.org'] },
      { kind: 'text', conversation, text: 'pinned', pinned: {}, replyTo: sent['id'] },
      { kind: 'text', conversation, attachments: [image] },
      { kind: 'group-update', conversation: founded['conversation'], name: 'Our Crew' },
    ]) {
      mails.push(await send(alice, body));
    }
    for (const { messageId } of mails) {
      await continueSend(host.services, alice.accountId, String(messageId));
    }
    const elsewhere = await watchedPerson(host, push, { email: alice.email });
    await copyToInbox(alice.email, 'Sent');
    const seen = async (whom: WatchedPerson) => {
      const messages = [conversation, founded['conversation']].map((id) => whom.messages(id));
      // The list is in the order in which each service learned of them; two may be recorded in one millisecond.
      const conversations = (await whom.conversations()).sort((a, b) =>
        String(a['id']) < String(b['id']) ? -1 : 1,
      );
      return {
        messages: (await Promise.all(messages)).flat().map(({ outgoing: _, ...message }) => message),
        conversations: conversations.map(({ updatedAt: _, ...rest }) => rest),
      };
    };
    expect(await elsewhere.look()).toBe(mails.length);
    expect(await seen(elsewhere)).toEqual(await seen(alice));
    // Nor do they become other messages here.
    const before = await alice.conversations();
    await alice.look();
    expect(await alice.conversations()).toEqual(before);
    expect(await seen(elsewhere)).toEqual(await seen(alice));
  });

  it('carries files up to the limit of a request, every byte of them', async () => {
    const content = randomBytes(2_900_000);
    const attachments = [
      { filename: 'fünf.jpg', type: 'image/jpeg', content: content.toString('base64') },
      {
        filename: 'a.txt',
        type: 'text/plain; charset=utf-8',
        content: Buffer.from('Grüße').toString('base64'),
      },
    ];
    const { bob } = await spoken({ kind: 'text', text: 'Look', attachments });
    const [message] = await bob.messages((await conversationOf(bob))['id']);
    const found = listOf(message?.['attachments']).filter(isRecord);
    expect(found).toMatchObject([
      { type: 'image/jpeg', filename: 'fünf.jpg' },
      { type: 'text/plain', filename: 'a.txt' },
    ]);
    const reply = await bob.client.raw('GET', `/v1/messages/${message?.['id']}/parts/${found[0]?.['part']}`);
    expect(Buffer.from(await reply.arrayBuffer()).equals(content)).toBe(true);
  });
});

function literal(text: unknown): string {
  return String(text).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
