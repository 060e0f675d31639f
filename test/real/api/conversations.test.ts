import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFold } from '../../../shared/coi/kept-message.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Message } from '../../../shared/store/items.ts';
import { putNewMessage } from '../../../shared/store/message.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { exampleMessageKey } from '../../support/store-examples.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

/** All ids of a list, page by page, and how many pages there were. */
async function pages(client: ContractClient, path: string): Promise<{ ids: unknown[]; pages: number }> {
  const ids: unknown[] = [];
  let cursor: unknown = null;
  for (let page = 1; ; page++) {
    const body = await client.expect(200, 'GET', cursor === null ? path : `${path}&cursor=${cursor}`);
    const { items, nextCursor } = body;
    if (!Array.isArray(items)) throw new Error('no items');
    ids.push(...items.map((item: unknown) => (isRecord(item) ? item['id'] : undefined)));
    if (nextCursor === null) return { ids, pages: page };
    cursor = nextCursor;
  }
}

describe('the list of conversations', () => {
  it('shows what a client needs to draw it, newest activity first', async () => {
    const { client, account } = await host.account();
    const now = Math.floor(host.services.clock.now() / 1000) * 1000;
    const { messages } = await seedConversation(host.services, account, {
      id: 'group',
      messages: 2,
      conversation: {
        kind: 'group',
        title: 'Lake',
        groupId: 'AbC',
        participants: [{ address: 'bob@example.org', name: 'Bob' }],
        mutedUntil: now + 3_600_000,
        mentionOnly: true,
      },
    });
    await seedConversation(host.services, account, {
      id: 'direct',
      conversation: { kind: 'direct', title: 'Bob', groupId: undefined, updatedAt: now + 1 },
    });
    const { items, nextCursor } = await client.expect(200, 'GET', '/v1/conversations');
    expect(nextCursor).toBeNull();
    const last = messages.at(-1);
    if (last === undefined) throw new Error('nothing seeded');
    expect(items).toMatchObject([
      { id: 'direct', muted: false },
      {
        id: 'group',
        kind: 'group',
        title: 'Lake',
        groupId: 'AbC',
        participants: [{ address: 'bob@example.org', name: 'Bob' }],
        unread: 2,
        muted: new Date(now + 3_600_000).toISOString(),
        mentionOnly: true,
        lastMessage: {
          id: messageRef(last),
          from: 'carol.chen@example.org',
          kind: 'text',
          at: new Date(now).toISOString(),
        },
        updatedAt: new Date(now).toISOString(),
      },
    ]);
    const since = encodeURIComponent(new Date(now).toISOString());
    const changed = await client.expect(200, 'GET', `/v1/conversations?since=${since}`);
    expect(changed['items']).toMatchObject([{ id: 'direct' }]);
  });

  it('says of a mute without end that there is no end', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, { conversation: { mutedUntil: Date.UTC(9999, 0, 1) } });
    expect(await client.expect(200, 'GET', '/v1/conversations/conversation-1')).toMatchObject({
      muted: true,
    });
  });

  it('loses none over its pages, also when many were updated at the same time', async () => {
    const { client, account } = await host.account();
    const updatedAt = host.services.clock.now();
    for (let i = 0; i < 7; i++) {
      await seedConversation(host.services, account, { id: `c-${i}`, conversation: { updatedAt } });
    }
    const listed = await pages(client, '/v1/conversations?limit=3');
    expect(listed.pages).toBe(3);
    expect(listed.ids.toSorted()).toEqual(['c-0', 'c-1', 'c-2', 'c-3', 'c-4', 'c-5', 'c-6']);
    expect(await pages(client, '/v1/conversations?limit=7')).toEqual({ ids: listed.ids, pages: 1 });
  });

  it('does not take the cursor of another list', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, { messages: 2 });
    const { nextCursor } = await client.expect(
      200,
      'GET',
      '/v1/conversations/conversation-1/messages?limit=1',
    );
    expect(typeof nextCursor).toBe('string');
    const reply = await client.request('GET', `/v1/conversations?cursor=${nextCursor}`);
    expect(reply.body).toMatchObject({ status: 400, errors: [{ field: 'cursor' }] });
  });
});

describe('a conversation', () => {
  it('is muted, for ever or for a while, and let alone but for mentions', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, { conversation: { mutedUntil: undefined } });
    const path = '/v1/conversations/conversation-1';
    expect(await client.expect(200, 'PATCH', path, { muted: true })).toMatchObject({ muted: true });
    const until = '2099-01-01T00:00:00.000Z';
    expect(await client.expect(200, 'PATCH', path, { muted: until })).toMatchObject({ muted: until });
    expect(await client.expect(200, 'PATCH', path, { mentionOnly: true })).toMatchObject({
      muted: until,
      mentionOnly: true,
    });
    expect(await client.expect(200, 'PATCH', path, { muted: false, mentionOnly: false })).toMatchObject({
      muted: false,
      mentionOnly: false,
    });
    expect(await client.expect(200, 'GET', path)).toMatchObject({ muted: false });
  });

  it('takes nothing for a mute that is none, and has nothing to change where there is none', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account);
    const path = '/v1/conversations/conversation-1';
    for (const wish of [{ muted: 'tomorrow' }, { muted: 7 }, { title: 'x' }]) {
      await client.expect(400, 'PATCH', path, wish);
    }
    await client.expect(404, 'PATCH', '/v1/conversations/nowhere', { muted: true });
  });

  it('shows what is pinned, while it is', async () => {
    const { client, account } = await host.account();
    const until = host.services.clock.now() + 60_000;
    const { messages } = await seedConversation(host.services, account, {
      conversation: { pinned: { key: exampleMessageKey(1), until } },
    });
    expect(messages).toHaveLength(1);
    const path = '/v1/conversations/conversation-1';
    const pinnedMessageId = messageRef({ conversationId: 'conversation-1', key: exampleMessageKey(1) });
    expect(await client.expect(200, 'GET', path)).toMatchObject({ pinnedMessageId });
    host.pass(60_001);
    expect(await client.expect(200, 'GET', path)).not.toHaveProperty('pinnedMessageId');
  });

  it('in which nothing was said yet is not listed', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, { messages: 0 });
    expect(await client.expect(200, 'GET', '/v1/conversations')).toMatchObject({ items: [] });
  });
});

describe('the messages of a conversation', () => {
  it('tell what others made of them', async () => {
    const { client, account } = await host.account();
    const at = host.services.clock.now();
    const time = new Date(at).toISOString();
    const folds: readonly Partial<Message>[] = [
      { fold: { ...noFold, edited: { key: exampleMessageKey(1), at } } },
      { fold: { ...noFold, deletedAt: at } },
      { fold: { ...noFold, hidden: true } },
      { kind: 'edit', event: { kind: 'edit', targets: ['<lost@example.org>'] } },
      { fold: { ...noFold, reactions: [{ by: 'bob@example.org', emoji: '👍' }] } },
      { own: true, outgoing: 'sent', fold: { ...noFold, receipts: [{ by: 'bob@example.org', at }] } },
      {
        own: true,
        outgoing: 'sent',
        fold: {
          ...noFold,
          receipts: [{ by: 'bob@example.org', at }],
          bounces: [{ recipient: 'x@example.org', at }],
        },
      },
      { kind: 'location', location: { latitude: 1.5, longitude: -2 }, extension: 'org.example.x' },
    ];
    await seedConversation(host.services, account, {
      messages: folds.length,
      message: (index) => folds[index] ?? {},
    });
    const { items } = await client.expect(200, 'GET', '/v1/conversations/conversation-1/messages');
    expect(items).toHaveLength(folds.length - 1);
    expect(items).toMatchObject([
      { kind: 'location', location: { latitude: 1.5, longitude: -2 }, extension: 'org.example.x' },
      { outgoing: { state: 'bounced' } },
      { outgoing: { state: 'read' }, receipts: [{ by: 'bob@example.org', at: time }] },
      { reactions: [{ by: 'bob@example.org', emoji: '👍' }] },
      { kind: 'edit', editOf: '<lost@example.org>' },
      { deletedAt: time },
      { editedAt: time },
    ]);
  });

  it('come newest first, page by page, with everything but their text', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, {
      messages: 5,
      message: (index) => ({
        mention: index === 4,
        date: index === 4 ? host.services.clock.now() + 86_400_000 : undefined,
        attachments: [{ part: '2', type: 'image/jpeg', filename: undefined, size: 10, preview: undefined }],
      }),
    });
    const listed = await pages(client, '/v1/conversations/conversation-1/messages?limit=2');
    expect(listed).toEqual({ ids: messages.map(messageRef).reverse(), pages: 3 });
    const { items } = await client.expect(200, 'GET', '/v1/conversations/conversation-1/messages?limit=1');
    const [newest] = messages.slice(-1);
    const receivedAt = new Date(newest?.receivedAt ?? 0).toISOString();
    expect(items).toMatchObject([
      {
        messageId: '<chat$conversation-1.4@example.org>',
        conversation: 'conversation-1',
        // Dated tomorrow by its sender, and not believed.
        at: receivedAt,
        receivedAt,
        mention: true,
        seen: false,
        own: false,
        attachments: [{ part: '2', type: 'image/jpeg', size: 10 }],
      },
    ]);
  });

  it('are asked for after one that is known, page by page', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, { messages: 6 });
    const path = '/v1/conversations/conversation-1/messages';
    const ids = messages.map(messageRef);
    const [, second = ''] = ids;
    const later = ids.slice(2).reverse();
    expect(await pages(client, `${path}?limit=4&after=${second}`)).toEqual({ ids: later, pages: 1 });
    expect(await pages(client, `${path}?limit=3&after=${second}`)).toEqual({ ids: later, pages: 2 });
    expect(await pages(client, `${path}?after=${ids.at(-1)}`)).toEqual({ ids: [], pages: 1 });
    const wrong = await client.request('GET', `${path}?after=other.000000000.AAAAAAAA`);
    expect(wrong.body).toMatchObject({ status: 400, errors: [{ field: 'after' }] });
  });

  it('are seen when they are own, were seen elsewhere, or lie before the mark', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, {
      messages: 4,
      message: (index) => ({ own: index === 1, seen: index === 2 }),
    });
    const seenOf = async () => {
      const { items } = await client.expect(200, 'GET', '/v1/conversations/conversation-1/messages');
      return Array.isArray(items)
        ? items.map((item: unknown) => isRecord(item) && item['seen']).reverse()
        : [];
    };
    expect(await seenOf()).toEqual([false, true, true, false]);
    const [first] = messages;
    if (first === undefined) throw new Error('nothing seeded');
    const reply = await client.expect(200, 'POST', '/v1/conversations/conversation-1/seen', {
      upTo: messageRef(first),
    });
    expect(reply).toMatchObject({ unread: 1 });
    expect(await seenOf()).toEqual([true, true, true, false]);
  });

  it('cannot be asked for in a conversation that is not there', async () => {
    const { client } = await host.account();
    for (const path of ['/v1/conversations/none', '/v1/conversations/none/messages']) {
      expect((await client.request('GET', path)).body).toMatchObject({ status: 404, code: 'not-found' });
    }
  });
});

describe('marking as seen', () => {
  it('only goes forward, and repeating it changes nothing', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, { messages: 3 });
    const seen = (index: number) => {
      const message = messages[index];
      if (message === undefined) throw new Error('nothing seeded');
      return client.expect(200, 'POST', '/v1/conversations/conversation-1/seen', {
        upTo: messageRef(message),
      });
    };
    const first = await seen(1);
    expect(first).toMatchObject({ unread: 1 });
    expect(await seen(1)).toEqual(first);
    expect(await seen(0)).toEqual(first);
    expect(await seen(2)).toMatchObject({ unread: 0 });
  });

  it('refuses what is no message of the conversation', async () => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account, { id: 'here' });
    const other = await seedConversation(host.services, account, { id: 'there' });
    const [elsewhere] = other.messages;
    if (elsewhere === undefined) throw new Error('nothing seeded');
    const seen = (upTo: string) => client.request('POST', '/v1/conversations/here/seen', { upTo });
    expect((await seen('nonsense')).body).toMatchObject({ status: 400, errors: [{ field: 'upTo' }] });
    expect((await seen(messageRef(elsewhere))).body).toMatchObject({
      status: 400,
      errors: [{ field: 'upTo' }],
    });
    expect((await seen('here.000000000.AAAAAAAA')).body).toMatchObject({ status: 404 });
  });

  it('leaves a message that is stored and not yet counted in to whoever counts it in', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, {
      messages: 30,
      conversation: { unread: 30 },
    });
    const first = messages[0];
    const last = messages.at(-1);
    if (first === undefined || last === undefined) throw new Error('nothing seeded');
    await putNewMessage(host.services.store, { ...last, key: last.key.replace(/.{8}$/, 'zzzzzzzz') });
    const upTo = messageRef(first);
    const reply = await client.expect(200, 'POST', '/v1/conversations/conversation-1/seen', { upTo });
    expect(reply).toMatchObject({ unread: 29 });
  });

  it('gives the same result when it is asked for many times at once', async () => {
    const { client, account } = await host.account();
    const { messages } = await seedConversation(host.services, account, { messages: 3 });
    const [first] = messages;
    if (first === undefined) throw new Error('nothing seeded');
    const upTo = messageRef(first);
    const replies = await Promise.all(
      Array.from({ length: 5 }, () =>
        client.expect(200, 'POST', '/v1/conversations/conversation-1/seen', { upTo }),
      ),
    );
    for (const reply of replies) expect(reply).toMatchObject({ unread: 2 });
  });
});
