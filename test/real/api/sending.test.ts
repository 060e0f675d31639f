import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { parseMessageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { idempotencyKey, messageKeyOf } from '../../../shared/store/keys.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { eventually } from '../../support/eventually.ts';
import { mailSessionOf } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { mailboxPerson } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('sending a message', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  const person = () => mailboxPerson(host, sharedMail());

  /** Message-IDs in somebody's INBOX, once the mail server has put all there is into it. */
  async function receivedBy(email: string): Promise<(string | undefined)[]> {
    const session = await mailSessionOf(email);
    return eventually('mail', async () => {
      await session.open('INBOX', 'read');
      const mails = await session.fetchFrom(1, { limit: 10 });
      return mails.length === 0 ? undefined : mails.map((mail) => mail.header.first('message-id'));
    });
  }

  const textTo = (to: string, text = 'hello') => ({ kind: 'text', to: [to], text });

  it('can be read by its devices before its copy lies in the mailbox, as it can after that', async () => {
    const { client, account } = await person();
    const file = {
      filename: 'plan.txt',
      type: 'text/plain',
      content: Buffer.from('at noon').toString('base64'),
    };
    const body = { ...textTo(sharedMail().newAddress('bob'), 'Grüße — mit Plan'), attachments: [file] };
    const { id, messageId } = await client.expect(202, 'POST', '/v1/messages', body);
    const read = async () => {
      const shown = await client.expect(200, 'GET', `/v1/messages/${id}?html=1`);
      const [attachment] = Array.isArray(shown['attachments']) ? shown['attachments'] : [];
      const part = await client.raw('GET', `/v1/messages/${id}/parts/${attachment?.part}`);
      const raw = await client.raw('GET', `/v1/messages/${id}/raw`);
      const none = await client.request('GET', `/v1/messages/${id}/parts/9`);
      const headers = part.headers.get('content-disposition');
      return { shown, part: await part.text(), headers, raw: await raw.text(), none: none.status };
    };
    const before = await read();
    expect(before).toMatchObject({ shown: { text: 'Grüße — mit Plan' }, part: 'at noon', none: 404 });
    await continueSend(host.services, account.id, String(messageId));
    expect(await read()).toEqual(before);
  });

  it('to an address makes a conversation, and to the conversation stays in it', async () => {
    const { client } = await person();
    const bob = sharedMail().newAddress('bob');
    const first = await client.expect(202, 'POST', '/v1/messages', textTo(bob.toUpperCase()));
    expect(first).toMatchObject({ state: 'sent' });
    const second = await client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      conversation: first['conversation'],
      text: 'again',
    });
    expect(second['conversation']).toBe(first['conversation']);
    const { items } = await client.expect(200, 'GET', `/v1/conversations/${first['conversation']}/messages`);
    expect(items).toHaveLength(2);
    expect(items).toMatchObject([{ own: true, seen: true, outgoing: { state: 'sent' } }, { own: true }]);
    expect(await client.expect(200, 'GET', '/v1/conversations')).toMatchObject({
      items: [{ id: first['conversation'], unread: 0, participants: [{ address: bob }] }],
    });
  });

  it('with a key runs once, however often it is repeated', async () => {
    const { client } = await person();
    const body = textTo(sharedMail().newAddress('bob'));
    const key = { 'idempotency-key': 'a key of the client' };
    const first = await client.request('POST', '/v1/messages', body, key);
    const again = await client.request('POST', '/v1/messages', body, key);
    expect(first.status).toBe(202);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const { conversation } = isRecord(first.body) ? first.body : {};
    const { items } = await client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
    expect(items).toHaveLength(1);
  });

  it('with a key that another request used is a conflict', async () => {
    const { client } = await person();
    const key = { 'idempotency-key': 'used' };
    const bob = sharedMail().newAddress('bob');
    await client.request('POST', '/v1/messages', textTo(bob), key);
    const other = await client.request('POST', '/v1/messages', textTo(bob, 'something else'), key);
    expect(other.body).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('twice at the same time with one key sends once', async () => {
    const { client } = await person();
    const body = textTo(sharedMail().newAddress('bob'));
    const key = { 'idempotency-key': 'impatient' };
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => client.request('POST', '/v1/messages', body, key)),
    );
    const accepted = replies.filter(({ status }) => status === 202);
    const refused = replies.filter(({ status }) => status === 409);
    expect(accepted).toHaveLength(1);
    expect(refused).toHaveLength(3);
    for (const reply of refused) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
    const { conversation } = isRecord(accepted[0]?.body) ? accepted[0].body : {};
    const { items } = await client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
    expect(items).toHaveLength(1);
  });

  it('with a key goes out once, even when the process died under the first request', async () => {
    const { client, account } = await person();
    const bob = sharedMail().newAddress('bob');
    const key = 'died halfway';
    const send = () => client.request('POST', '/v1/messages', textTo(bob), { 'idempotency-key': key });
    const first = await send();
    const { store } = host.services;
    // What a process leaves that died after it had recorded the mail and before it stored anything else.
    await store.update(
      idempotencyKey(account.id, key),
      { text: 'REMOVE r' },
      { text: 'attribute_exists(r)' },
    );
    const { id, messageId, conversation } = isRecord(first.body) ? first.body : {};
    const ref = parseMessageRef(String(id));
    if (ref === undefined) throw new Error('not sent');
    await store.delete(messageKeyOf(account.id, ref.conversationId, ref.key));
    expect((await send()).status).toBe(409);
    host.pass(limits.idempotencyHeldMs);
    const again = await send();
    expect(again.body).toMatchObject({ id, messageId, state: 'sent' });
    const { items } = await client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
    expect(items).toMatchObject([{ id }]);
    const received = await receivedBy(bob);
    expect(received).toEqual([messageId]);
  });

  it('keeps keys apart by account, and forgets them after a day', async () => {
    const [alice, bob] = [await person(), await person()];
    const body = textTo(sharedMail().newAddress('carol'));
    const key = { 'idempotency-key': 'same' };
    const ids: unknown[] = [];
    for (const client of [alice.client, bob.client, alice.client]) {
      const { body: reply } = await client.request('POST', '/v1/messages', body, key);
      ids.push(isRecord(reply) && reply['messageId']);
      if (ids.length === 2) host.pass(limits.idempotencyKeptMs + 1_000);
    }
    expect(new Set(ids).size).toBe(3);
  });

  it('gives the key of a refused request free', async () => {
    const { client } = await person();
    const key = { 'idempotency-key': 'second try' };
    const wrong = await client.request('POST', '/v1/messages', textTo('nobody'), key);
    expect(wrong.status).toBe(400);
    const right = await client.request('POST', '/v1/messages', textTo(sharedMail().newAddress('bob')), key);
    expect(right.status).toBe(202);
  });

  it.each([
    ['', 400],
    ['x'.repeat(129), 400],
    ['x'.repeat(128), 202],
  ])('takes keys of 1 to 128 characters: "%s" gives %i', async (value, status) => {
    const { client } = await person();
    const reply = await client.request('POST', '/v1/messages', textTo(sharedMail().newAddress('bob')), {
      'idempotency-key': value,
    });
    expect(reply.status).toBe(status);
  });
});

describe('what can be sent', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it.each([
    ['kind', { kind: 'fax' }],
    ['to', { to: undefined }],
    ['to', { conversation: 'conversation-1' }],
    ['to', { to: [] }],
    ['to[0]', { to: ['no address'] }],
    ['to[0]', { to: ['a@example.org\r\nBcc: b@example.org'] }],
    ['to', { to: Array.from({ length: 101 }, (_, i) => `a${i}@example.org`) }],
    ['text', { text: ' \n' }],
    ['text', { text: undefined }],
    ['text', { text: 'x'.repeat(100_001) }],
    ['conversation', { to: undefined, conversation: 'a#b' }],
    ['requestReceipt', { requestReceipt: 'yes' }],
    ['sendAt', { sendAt: 'tomorrow' }],
  ])('says that %s is wrong', async (field, changes) => {
    const { client, account } = await host.account();
    await seedConversation(host.services, account);
    const body = { kind: 'text', to: ['bob@example.org'], text: 'hi', ...changes };
    const reply = await client.request('POST', '/v1/messages', body);
    expect(reply.body).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ field }] });
  });

  it('is nothing to oneself alone', async () => {
    const { client, account } = await host.account();
    const reply = await client.request('POST', '/v1/messages', {
      kind: 'text',
      to: [account.email],
      text: 'hi',
    });
    expect(reply.body).toMatchObject({ status: 400, errors: [{ field: 'to' }] });
  });
});
