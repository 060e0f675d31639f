import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { getMessage, setMessageOutgoing, setMessagePlace } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { seedConversation } from '../../support/seed-conversation.ts';

let host: ApiHost;
beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

/** Somebody with three unread messages, the newest two of them encrypted, and a group. */
async function person(more: Partial<Message> = {}) {
  const { client, account } = await host.account();
  const bob = { address: 'bob@example.org', name: 'Bob' };
  const { messages } = await seedConversation(host.services, account, {
    id: 'direct',
    messages: 3,
    conversation: { kind: 'direct', title: 'Bob', groupId: undefined, participants: [bob] },
    message: (index) => ({ from: bob, title: undefined, encrypted: index > 0, ...(index > 0 ? more : {}) }),
  });
  const [plain, first, last] = messages;
  if (plain === undefined || first === undefined || last === undefined) throw new Error('nothing seeded');
  await seedConversation(host.services, account, { id: 'group', newestAt: plain.receivedAt });
  const path = (message: Message) => `/v1/messages/${messageRef(message)}`;
  return { client, account, plain, first, last, path };
}

const stored = (account: Account, conversationId: string, { key }: Message) =>
  getMessage(host.services.store, account.id, conversationId, key, host.services.clock.now());

describe('what an encrypted message turned out to be', () => {
  it('is nothing for people: not unread, not last, in no list; and may be taken back', async () => {
    const { client, last, path } = await person();
    const silent = await client.expect(200, 'PATCH', path(last), { silent: true });
    expect(silent).toMatchObject({ id: messageRef(last), silent: true, encrypted: true });
    const shown = await client.expect(200, 'GET', '/v1/conversations/direct');
    expect(shown).toMatchObject({ unread: 2, lastMessage: { id: expect.stringContaining('direct.') } });
    expect(shown['lastMessage']).not.toMatchObject({ id: messageRef(last) });
    const list = await client.expect(200, 'GET', '/v1/conversations/direct/messages');
    expect(list['items']).toHaveLength(2);
    expect(await client.expect(200, 'PATCH', path(last), { silent: true })).toEqual(silent);
    expect(await client.expect(200, 'GET', '/v1/conversations/direct')).toEqual(shown);
    await client.expect(200, 'PATCH', path(last), { silent: false });
    expect(await client.expect(200, 'GET', '/v1/conversations/direct')).toMatchObject({
      unread: 3,
      lastMessage: { id: messageRef(last) },
    });
  });

  it('is a picture, which its conversation shows', async () => {
    const { client, first, last, path } = await person();
    await client.expect(200, 'PATCH', path(last), { kind: 'image' });
    expect(await client.expect(200, 'GET', '/v1/conversations/direct')).toMatchObject({
      unread: 3,
      lastMessage: { kind: 'image' },
    });
    const { next } = await client.expect(200, 'GET', '/v1/changes');
    expect(await client.expect(200, 'PATCH', path(first), { kind: 'voice' })).toMatchObject({
      kind: 'voice',
    });
    const changes = await client.expect(200, 'GET', `/v1/changes?since=${next}`);
    expect(changes).toMatchObject({ conversations: [{ id: 'direct' }] });
    await client.expect(200, 'PATCH', path(first), { kind: 'voice' });
    expect(await client.expect(200, 'GET', `/v1/changes?since=${changes['next']}`)).toMatchObject({
      conversations: [],
    });
  });

  it('belongs to a group, where it counts, and is found by its former id', async () => {
    const { client, last, path } = await person();
    const { next } = await client.expect(200, 'GET', '/v1/changes');
    const moved = await client.expect(200, 'PATCH', path(last), { conversation: 'group' });
    expect(moved).toMatchObject({ conversation: 'group', messageId: last.messageId });
    expect(await client.expect(200, 'GET', '/v1/conversations/direct')).toMatchObject({ unread: 2 });
    expect(await client.expect(200, 'GET', '/v1/conversations/group')).toMatchObject({
      unread: 2,
      kind: 'group',
      lastMessage: { id: moved['id'] },
    });
    expect(await client.expect(200, 'GET', `/v1/changes?since=${next}`)).toMatchObject({
      conversations: [{ id: expect.any(String) }, { id: expect.any(String) }],
    });
    for (const id of [messageRef(last), moved['id']]) {
      expect(await client.expect(200, 'PATCH', `/v1/messages/${id}`, { conversation: 'group' })).toEqual(
        moved,
      );
    }
    const { items } = await client.expect(200, 'GET', '/v1/conversations/group/messages');
    expect(items).toMatchObject([{ id: moved['id'] }, {}]);
    const back = await client.expect(200, 'PATCH', path(last), { conversation: 'direct', kind: 'file' });
    expect(back).toMatchObject({ id: messageRef(last), kind: 'file' });
    expect(await client.expect(200, 'GET', '/v1/conversations/direct')).toMatchObject({ unread: 3 });
    expect(await client.expect(200, 'GET', '/v1/conversations/group')).toMatchObject({ unread: 1 });
  });

  it('goes on being sent and filed where it was moved to', async () => {
    const { client, account, last, path } = await person({ own: true, outgoing: 'queued' });
    await client.expect(200, 'PATCH', path(last), { conversation: 'group' });
    const { store } = host.services;
    expect(await setMessageOutgoing(store, last, 'sent')).toBe('group');
    await setMessagePlace(store, last, { folder: 'Sent', uidValidity: 1, uid: 9 });
    for (const id of ['direct', 'group']) {
      expect(await stored(account, id, last)).toMatchObject({ outgoing: 'sent', place: { uid: 9 } });
    }
  });

  it('is refused where it is not for a client to say', async () => {
    const { client, account, plain, last, path } = await person();
    const before = await getConversation(
      host.services.store,
      account.id,
      'direct',
      host.services.clock.now(),
    );
    expect((await client.request('PATCH', path(plain), { silent: true })).body).toMatchObject({
      status: 409,
      code: 'conflict',
    });
    for (const [wish, field] of [
      [{ conversation: 'nowhere' }, 'conversation'],
      [{ kind: 'nonsense' }, 'kind'],
      [{ seen: true }, 'seen'],
      [{ silent: 'yes' }, 'silent'],
    ] as const) {
      const reply = await client.request('PATCH', path(last), wish);
      expect(reply.body).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ field }] });
    }
    const mallory = await host.account();
    await seedConversation(host.services, mallory.account, { id: 'mallorys' });
    await mallory.client.expect(404, 'PATCH', path(last), { silent: true });
    await client.expect(400, 'PATCH', path(last), { conversation: 'mallorys' });
    await client.expect(404, 'PATCH', '/v1/messages/nonsense', { silent: true });
    const after = await getConversation(host.services.store, account.id, 'direct', host.services.clock.now());
    expect(after).toEqual(before);
  });

  it('is moved about a number of times, and then no more', async () => {
    const { client, last, path } = await person();
    let status = 200;
    let moves = 0;
    for (; status === 200 && moves < 100; moves++) {
      const conversation = moves % 2 === 0 ? 'group' : 'direct';
      status = (await client.request('PATCH', path(last), { conversation })).status;
    }
    expect([status, moves]).toEqual([409, limits.messageMoves + 1]);
  });
});
