import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../shared/core/clock.ts';
import { limits } from '../../../shared/core/limits.ts';
import { setAccountStatus } from '../../../shared/flows/accounts/account-status.ts';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { tellNews } from '../../../shared/flows/changes/tell-news.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { conversationBefore, recordMessages } from '../../../shared/flows/receive/record-messages.ts';
import { getConversation, putConversation } from '../../../shared/store/conversation.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { putNewMessage } from '../../../shared/store/message.ts';
import { moveCursor } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { handClock } from '../../support/hand-clock.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { exampleMessageKey } from '../../support/store-examples.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

/** Hosts share the database, so that ids of their accounts must differ. */
let accounts = 0;
const hosts: ApiHost[] = [];
async function hostWith(
  options: { readonly clock?: Clock; readonly ending?: () => AbortSignal; readonly holdMs?: number } = {},
) {
  const host = await startApiHost({ parts: { ...parts, stop: async () => {} }, ...options });
  hosts.push(host);
  return host;
}
async function person(host: ApiHost) {
  accounts += 1;
  return host.account({ id: `who-asks-${accounts}` });
}
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});

async function changes(client: ContractClient, since: unknown, wait = 0) {
  const query = `${since === undefined ? '' : `&since=${String(since)}`}`;
  return client.expect(200, 'GET', `/v1/changes?wait=${wait}${query}`);
}

const nothing = { conversations: [], contacts: false, more: false, pauseSeconds: 0 };

it('are not waited for where a held request is paid for, and clients are told to pause', async () => {
  const host = await hostWith({ clock: handClock(() => true).clock, holdMs: 0 });
  const { client } = await person(host);
  const { next } = await changes(client, undefined);
  // By a clock that stands still, a wait would not end.
  expect(await changes(client, next, 25)).toEqual({ ...nothing, next, pauseSeconds: 5 });
});

describe('asking for changes', () => {
  let host: ApiHost;
  beforeEach(async () => {
    host = await hostWith();
  });

  it('begins with the token of now, and tells each change once from then on', async () => {
    const { client, account } = await person(host);
    await seedConversation(host.services, account, { id: 'a', messages: 2 });
    await seedConversation(host.services, account, { id: 'b' });
    const first = await changes(client, undefined);
    expect(first).toEqual({ ...nothing, next: first['next'] });
    expect(await changes(client, first['next'])).toEqual(first);

    const muted = await client.expect(200, 'PATCH', '/v1/conversations/a', { muted: true });
    const second = await changes(client, first['next']);
    expect(second).toEqual({ ...nothing, conversations: [muted], next: second['next'] });
    expect(await changes(client, second['next'])).toEqual({ ...nothing, next: second['next'] });
    // A client that lost the answer asks again with what it has.
    expect(await changes(client, first['next'])).toMatchObject({ conversations: [muted] });
  });

  it('tells of what was seen, of a new conversation, and of one that became empty', async () => {
    const { client, account } = await person(host);
    const { messages, conversation } = await seedConversation(host.services, account, {
      id: 'a',
      messages: 2,
    });
    let { next } = await changes(client, undefined);
    const [, last] = messages;
    if (last === undefined) throw new Error('nothing seeded');
    await client.expect(200, 'POST', '/v1/conversations/a/seen', { upTo: messageRef(last) });
    let reply = await changes(client, next);
    expect(reply).toMatchObject({ conversations: [{ id: 'a', unread: 0 }] });
    next = reply['next'];
    await seedConversation(host.services, account, { id: 'new' });
    await tellNews(host.services, account.id);
    reply = await changes(client, next);
    expect(reply).toMatchObject({ conversations: [{ id: 'new' }] });
    next = reply['next'];
    const stored = await getConversation(host.services.store, account.id, 'a', host.services.clock.now());
    if (stored === undefined) throw new Error('it is gone');
    const now = host.services.clock.now();
    await putConversation(host.services.store, { ...stored, lastMessage: undefined, updatedAt: now }, now);
    await tellNews(host.services, account.id);
    expect(await changes(client, next)).toMatchObject({ conversations: [{ id: 'a', lastMessage: null }] });
    expect(conversation.id).toBe('a');
  });

  it('tells of the account where devices would see a difference, and not of what is inside', async () => {
    const { client, account } = await person(host);
    const { next } = await changes(client, undefined);
    const shown = await client.expect(200, 'PATCH', '/v1/account', { unknownSenders: 'none' });
    const reply = await changes(client, next);
    expect(reply).toEqual({ ...nothing, account: shown, next: reply['next'] });
    await changeAccount(host.services, account.id, (stored) => ({ ...stored, refreshUntil: 7 }));
    expect(await changes(client, reply['next'])).toEqual({ ...nothing, next: reply['next'] });
    await setAccountStatus(host.services, account.id, 'unreachable');
    expect(await changes(client, reply['next'])).toMatchObject({ account: { status: 'unreachable' } });
  });

  it('tells that the address book changed', async () => {
    const { client, account } = await person(host);
    const { next } = await changes(client, undefined);
    await tellNews(host.services, account.id, 'contacts');
    const reply = await changes(client, next);
    expect(reply).toEqual({ ...nothing, contacts: true, next: reply['next'] });
    expect(await changes(client, reply['next'])).toEqual({ ...nothing, next: reply['next'] });
  });

  it('tells of many on several pages', async () => {
    const { client, account } = await person(host);
    const { next } = await changes(client, undefined);
    const count = limits.changesPage * 2 + 50;
    for (let i = 0; i < count; i++)
      await seedConversation(host.services, account, { id: `c${i}`, messages: 0 });
    await tellNews(host.services, account.id);
    const told: unknown[] = [];
    let reply: Record<string, unknown> = { more: true, next };
    const sizes: number[] = [];
    while (reply['more'] === true) {
      reply = await changes(client, reply['next']);
      const { conversations } = reply;
      if (!Array.isArray(conversations)) throw new Error('no conversations');
      sizes.push(conversations.length);
      told.push(...conversations.map(({ id }: { id: unknown }) => id));
      expect(String(reply['next']).length).toBeLessThanOrEqual(2048);
    }
    expect(sizes).toEqual([100, 100, 50]);
    expect(new Set(told).size).toBe(count);
    expect(await changes(client, reply['next'])).toEqual({ ...nothing, next: reply['next'] });
  });

  it('refuses a token that is none, that is another account’s, or too old, and says how to go on', async () => {
    const { client } = await person(host);
    const other = await person(host);
    const { next } = await changes(other.client, undefined);
    for (const since of ['nonsense', String(next)]) {
      const reply = await client.request('GET', `/v1/changes?since=${since}`);
      expect(reply.body).toMatchObject({
        status: 400,
        code: 'invalid-request',
        errors: [{ field: 'since' }],
      });
    }
    for (const wait of ['26', '-1', 'x']) {
      const wrong = await client.request('GET', `/v1/changes?wait=${wait}`);
      expect(wrong.body).toMatchObject({ status: 400, errors: [{ field: 'wait' }] });
    }
    host.pass(limits.conversationKeptMs + 1);
    const late = await (await host.device(other.account)).client.request('GET', `/v1/changes?since=${next}`);
    expect(late.body).toMatchObject({
      status: 400,
      errors: [{ field: 'since', message: expect.stringContaining('too old') }],
    });
  });

  it('finds what was changed by somebody who died before telling, after a while', async () => {
    const { client, account } = await person(host);
    const { next } = await changes(client, undefined);
    await seedConversation(host.services, account, { id: 'untold' });
    expect(await changes(client, next)).toEqual({ ...nothing, next });
    host.pass(limits.changesLookAnywayMs);
    expect(await changes(client, next)).toMatchObject({ conversations: [{ id: 'untold' }] });
  });

  it('is limited in number', async () => {
    const { client } = await person(host);
    let status = 200;
    for (let count = 0; status === 200 && count < 1_000; count++)
      status = (await client.request('GET', '/v1/changes')).status;
    expect(status).toBe(429);
  });
});

describe('waiting for changes', () => {
  it('looks every two seconds, at one read unit each and no write, and ends after the time it was given', async () => {
    const time = handClock();
    const host = await hostWith({ clock: time.clock });
    const { client, account } = await person(host);
    await seedConversation(host.services, account, { id: 'a', messages: 30 });
    const { next } = await changes(client, undefined);
    await changes(client, next);
    parts.take();
    await changes(client, next);
    const once = parts.take();
    const reply = await changes(client, next, 25);
    expect(reply).toEqual({ ...nothing, next });
    expect(time.sleeps).toEqual([...Array.from({ length: 12 }, () => limits.changesLookMs), 1_000]);
    const { read, write } = parts.take();
    expect({ read: read - once.read, write: write - once.write }).toEqual({ read: 13, write: 0 });
  });

  it('answers as soon as another process moved a cursor past a message', async () => {
    let sleeps = 0;
    let account: Account | undefined;
    const clock: Clock = {
      now: () => Date.now() + sleeps * limits.changesLookMs,
      async sleep() {
        sleeps += 1;
        if (sleeps !== 3 || account === undefined) return;
        await seedConversation(host.services, account, { id: 'came' });
        const to = { uidValidity: 1, uidNext: 2 };
        await moveCursor(parts.store, account.id, 'INBOX', undefined, to, this.now());
      },
    };
    const host = await hostWith({ clock });
    const who = await person(host);
    account = who.account;
    const { next } = await changes(who.client, undefined);
    expect(await changes(who.client, next, 25)).toMatchObject({ conversations: [{ id: 'came' }] });
    expect(sleeps).toBe(3);
  });

  it('does not look at everything when a cursor moves past mail that is no message', async () => {
    const host = await hostWith({ clock: handClock().clock });
    const { client, account } = await person(host);
    for (let i = 0; i < 40; i++) await seedConversation(host.services, account, { id: `c${i}`, messages: 0 });
    const { next } = await changes(client, undefined);
    await moveCursor(parts.store, account.id, 'INBOX', undefined, { uidValidity: 1, uidNext: 2 });
    parts.take();
    expect(await changes(client, next)).toEqual({ ...nothing, next });
    expect(parts.take().read).toBeLessThan(6);
  });

  it('answers at once what the same process did', async () => {
    const time = handClock((ms) => ms <= limits.changesLookMs);
    const host = await hostWith({ clock: time.clock });
    const { client, account } = await person(host);
    await seedConversation(host.services, account, { id: 'a' });
    const { next } = await changes(client, undefined);
    const waiting = changes(client, next, 25);
    await client.expect(200, 'PATCH', '/v1/conversations/a', { mentionOnly: true });
    expect(await waiting).toMatchObject({ conversations: [{ id: 'a', mentionOnly: true }] });
  });

  it('ends when the client goes away, and when the host ends', async () => {
    const time = handClock((ms) => ms <= limits.changesLookMs);
    const ending = new AbortController();
    const host = await hostWith({ clock: time.clock, ending: () => ending.signal });
    const { client } = await person(host);
    const { next } = await changes(client, undefined);
    const gone = new AbortController();
    const request = host.api.request(`/v1/changes?wait=25&since=${next}`, {
      headers: { authorization: `Bearer ${client.token}` },
      signal: gone.signal,
    });
    gone.abort();
    expect((await request).status).toBe(200);
    const waiting = changes(client, next, 25);
    ending.abort();
    expect(await waiting).toEqual({ ...nothing, next });
  });

  it('is for ten requests of an account at once; one more is answered at once', async () => {
    const time = handClock((ms) => ms <= limits.changesLookMs);
    const ending = new AbortController();
    const host = await hostWith({ clock: time.clock, ending: () => ending.signal });
    const { client } = await person(host);
    const { next } = await changes(client, undefined);
    let answered = 0;
    const all = Array.from({ length: limits.changesWaiting + 1 }, async () => {
      await changes(client, next, 25);
      answered += 1;
    });
    await Promise.race(all);
    expect(answered).toBe(1);
    ending.abort();
    await Promise.all(all);
    expect(answered).toBe(limits.changesWaiting + 1);
  });
});

describe('a change of a message', () => {
  it('is one of its conversation: an edit, a deletion, a reaction, a receipt, a bounce', async () => {
    const host = await hostWith();
    const { client, account } = await person(host);
    const { messages } = await seedConversation(host.services, account, {
      messages: 3,
      message: (index) =>
        index === 1
          ? { own: true, outgoing: 'sent', to: [{ address: 'carol.chen@example.org', name: undefined }] }
          : {},
    });
    const [first, own, last] = messages;
    if (first === undefined || own === undefined || last === undefined) throw new Error('nothing seeded');
    const { services } = host;
    const ref = await conversationBefore(services, account, {
      ...last,
      id: 'conversation-1',
      kind: 'group',
      title: '',
      participants: [],
      groupId: undefined,
    });
    if (ref === undefined) throw new Error('no conversation');
    await recordMessages(services, account, ref, messages);
    const events: readonly Message['event'][] = [
      { kind: 'edit', targets: [first.messageId] },
      { kind: 'reaction', targets: [first.messageId], emoji: ['👍'] },
      { kind: 'receipt', targets: [own.messageId] },
      { kind: 'bounce', targets: [own.messageId], recipients: ['carol.chen@example.org'] },
      { kind: 'delete', targets: [first.messageId] },
    ];
    let { next } = await changes(client, undefined);
    for (const [index, event] of events.entries()) {
      const at = last.receivedAt + (index + 1) * 1000;
      const message: Message = {
        ...last,
        key: exampleMessageKey(at),
        messageId: `<e${index}@example.org>`,
        receivedAt: at,
        event,
      };
      await putNewMessage(services.store, message);
      await recordMessages(services, account, ref, [message]);
      await tellNews(services, account.id);
      const reply = await changes(client, next);
      expect([event?.kind, reply['conversations']]).toMatchObject([event?.kind, [{ id: 'conversation-1' }]]);
      next = reply['next'];
    }
    const { items } = await client.expect(200, 'GET', '/v1/conversations/conversation-1/messages');
    expect(items).toMatchObject([{}, { outgoing: { state: 'bounced' } }, { deletedAt: expect.any(String) }]);
  });
});
