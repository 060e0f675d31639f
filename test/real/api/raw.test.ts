import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import type { Account } from '../../../shared/store/items.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../support/scripted-smtp.ts';
import { check, mailboxAccount } from '../../support/watched-account.ts';

const asMail = { 'content-type': 'message/rfc822' };

type RawMail = { from: string; to?: string; id?: string; extra?: readonly string[]; body?: string };

/** A mail as a client would make it; one character is one byte. */
function mailOf({
  from,
  to,
  id = `<${randomUUID()}@localhost>`,
  extra = [],
  body = 'Hello\r\n',
}: RawMail): string {
  return [
    `From: <${from}>`,
    `To: ${to ?? '"hidden-recipients": ;'}`,
    `Message-ID: ${id}`,
    'Date: Mon, 23 Nov 2026 01:02:03 +0000',
    'Subject: [...]',
    'Chat-Version: 1.0',
    'MIME-Version: 1.0',
    ...extra,
    '',
    body,
  ].join('\r\n');
}

const encrypted = {
  extra: ['Content-Type: multipart/encrypted; protocol="application/pgp-encrypted";', '\tboundary="p"'],
  body:
    '--p\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--p\r\n' +
    'Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n' +
    '-----BEGIN PGP MESSAGE-----\r\n\r\nwcBMA0123456789\r\n-----END PGP MESSAGE-----\r\n\r\n--p--\r\n',
};

const post = (client: ContractClient, mail: string, options: { query?: string; key?: string } = {}) =>
  client.request('POST', `/v1/messages/raw${options.query ?? ''}`, mail, {
    ...asMail,
    ...(options.key === undefined ? {} : { 'idempotency-key': options.key }),
  });

describe.skipIf(!hasMailServers)('a mail the client made', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  async function person() {
    const account = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(account);
    // Mail that comes before the first check of a mailbox is old news.
    await check(host, account);
    return { account, client };
  }

  /** Sends bytes, which a text in a request would not be. */
  async function postBytes(
    client: ContractClient,
    bytes: Buffer,
    query: string,
  ): Promise<Record<string, unknown>> {
    const response = await host.api.request(`/v1/messages/raw${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}`, ...asMail },
      body: new Uint8Array(bytes),
    });
    const body: unknown = await response.json();
    if (response.status !== 202 || !isRecord(body)) throw new Error(JSON.stringify(body));
    return body;
  }

  async function rawOf(client: ContractClient, id: unknown): Promise<Buffer> {
    const response = await client.raw('GET', `/v1/messages/${id}/raw`);
    expect(response.status).toBe(200);
    return Buffer.from(await response.arrayBuffer());
  }

  /** What a person has received, once something is there. */
  async function messagesOf({ account, client }: { account: Account; client: ContractClient }) {
    return eventually('mail', async () => {
      await check(host, account);
      const { items: conversations } = await client.expect(200, 'GET', '/v1/conversations');
      const lists = await Promise.all(
        (Array.isArray(conversations) ? conversations : []).map(async (conversation: unknown) => {
          const id = isRecord(conversation) ? conversation['id'] : undefined;
          const { items } = await client.expect(200, 'GET', `/v1/conversations/${id}/messages`);
          return Array.isArray(items) ? items.filter(isRecord) : [];
        }),
      );
      return lists.flat().length > 0 ? lists.flat() : undefined;
    });
  }

  it.each([
    ['encrypted', encrypted],
    ['with dots, blanks and empty lines', { body: '.\r\n..\r\n.dot \t\r\n\r\n\r\nFrom here\r\n \r\n\r\n' }],
    [
      'with 8-bit characters that are no UTF-8',
      { extra: ['Content-Transfer-Encoding: 8bit'], body: 'Gr\xfc\xdfe \xff\xfe\x80\r\n' },
    ],
    ['without a body', { body: '' }],
    ['large', { body: `${'0123456789'.repeat(7)}\r\n`.repeat(40_000) }],
  ])('comes to its reader byte for byte: %s', async (_, content) => {
    const [alice, bob] = [await person(), await person()];
    const mail = Buffer.from(mailOf({ from: alice.account.email, ...content }), 'latin1');
    const sent = await postBytes(alice.client, mail, `?to=${bob.account.email}`);
    expect(sent).toMatchObject({ state: 'sent' });
    const [received] = await messagesOf(bob);
    expect(received).toMatchObject({ messageId: sent['messageId'], encrypted: content === encrypted });
    const raw = await rawOf(bob.client, received?.['id']);
    // Servers on the way write their trace fields on top of it.
    const trace = raw.subarray(0, raw.length - mail.length).toString('latin1');
    expect(raw.subarray(-mail.length).equals(mail)).toBe(true);
    expect(trace).toMatch(/^(?:(?:Return-Path|Delivered-To|Received): .*\r\n(?:[ \t].*\r\n)*)+$/);
    // The copy in the mailbox has no trace at all.
    await continueSend(host.services, alice.account.id, String(sent['messageId']));
    expect((await rawOf(alice.client, sent['id'])).equals(mail)).toBe(true);
  });

  it('is a message of our own, in the conversation with its readers', async () => {
    const [alice, bob] = [await person(), await person()];
    const mail = mailOf({ from: alice.account.email, ...encrypted });
    const { body } = await post(alice.client, mail, { query: `?to=${bob.account.email}` });
    const sent = isRecord(body) ? body : {};
    expect(await alice.client.expect(200, 'GET', '/v1/conversations')).toMatchObject({
      items: [
        {
          id: sent['conversation'],
          kind: 'direct',
          unread: 0,
          participants: [{ address: bob.account.email }],
          lastMessage: { id: sent['id'] },
        },
      ],
    });
    const { items } = await alice.client.expect(
      200,
      'GET',
      `/v1/conversations/${sent['conversation']}/messages`,
    );
    expect(items).toMatchObject([
      { id: sent['id'], own: true, seen: true, encrypted: true, outgoing: { state: 'sent' } },
    ]);
    // What is filed is the same message, also to whoever reads the mailbox anew.
    await continueSend(host.services, alice.account.id, String(sent['messageId']));
    await check(host, alice.account);
    expect(await messagesOf(alice)).toHaveLength(1);
  });

  it('goes on in the conversation that its header names', async () => {
    const [alice, bob] = [await person(), await person()];
    const text = await alice.client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [bob.account.email],
      text: 'hi',
    });
    const { body } = await post(alice.client, mailOf({ from: alice.account.email, to: bob.account.email }));
    expect(body).toMatchObject({ state: 'sent', conversation: text['conversation'] });
  });

  it('reaches those in Bcc, and tells nobody of them', async () => {
    const [alice, bob, carol] = [await person(), await person(), await person()];
    const { email } = alice.account;
    const bcc = ['Bcc: Carol', ` <${carol.account.email}>`, 'X-Last: 1'];
    const { body } = await post(alice.client, mailOf({ from: email, to: bob.account.email, extra: bcc }));
    const sent = isRecord(body) ? body : {};
    for (const reader of [bob, carol]) {
      const [received] = await messagesOf(reader);
      const raw = (await rawOf(reader.client, received?.['id'])).toString();
      expect(raw).toContain('X-Last: 1');
      expect(raw.slice(raw.indexOf('From: <'))).not.toContain(carol.account.email);
    }
    await continueSend(host.services, alice.account.id, String(sent['messageId']));
    expect((await rawOf(alice.client, sent['id'])).toString()).not.toContain('carol');
  });

  it('goes out once under its Message-ID, however often and however fast it is posted', async () => {
    const [alice, bob] = [await person(), await person()];
    const mail = mailOf({ from: alice.account.email });
    const query = `?to=${bob.account.email}`;
    const replies = await Promise.all(Array.from({ length: 5 }, () => post(alice.client, mail, { query })));
    const accepted = replies.filter(({ status }) => status === 202);
    expect(replies.map(({ status }) => status).filter((status) => status !== 202 && status !== 409)).toEqual(
      [],
    );
    expect(accepted.length).toBeGreaterThan(0);
    const again = await post(alice.client, mail, { query });
    expect([again.status, again.body]).toEqual([202, accepted[0]?.body]);
    // Whatever was sent twice would be there before this one.
    await alice.client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [bob.account.email],
      text: 'the last one',
    });
    const received = await eventually('both mails', async () => {
      const found = await messagesOf(bob);
      return found.length > 1 ? found : undefined;
    });
    expect(received).toHaveLength(2);
    const { conversation } = isRecord(again.body) ? again.body : {};
    const { items } = await alice.client.expect(200, 'GET', `/v1/conversations/${conversation}/messages`);
    expect(items).toHaveLength(2);
  });

  it('is a conflict under the Message-ID or the key of another one', async () => {
    const [alice, bob] = [await person(), await person()];
    const id = `<${randomUUID()}@localhost>`;
    const query = `?to=${bob.account.email}`;
    const { email } = alice.account;
    const first = await post(alice.client, mailOf({ from: email, id }), { query, key: 'one' });
    expect(first.status).toBe(202);
    const sameId = await post(alice.client, mailOf({ from: email, id, body: 'another text\r\n' }), { query });
    expect(sameId.body).toMatchObject({ status: 409, code: 'conflict' });
    const otherReader = await post(alice.client, mailOf({ from: email, id }), {
      query: `?to=${email}`,
      key: 'one',
    });
    expect(otherReader.body).toMatchObject({ status: 409, code: 'conflict' });
    const sameKey = await post(alice.client, mailOf({ from: email, id }), { query, key: 'one' });
    expect(sameKey.body).toEqual(first.body);
    expect(sameKey.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('a raw mail that cannot be sent', () => {
  let host: ApiHost;
  let server: ScriptedSmtp;
  beforeAll(async () => {
    server = await startScriptedSmtp({ RCPT: ({ reply }) => reply('550 5.7.1 no') });
    host = await startApiHost();
  });
  afterAll(async () => {
    await host.stop();
    await server.stop();
  });

  it('is refused with everything that is wrong with it', async () => {
    const { client } = await host.account();
    const mail = mailOf({ from: 'mallory@example.org', id: 'none', extra: ['Received: x'] });
    const reply = await post(client, mail);
    const { errors } = isRecord(reply.body) ? reply.body : {};
    expect(reply.body).toMatchObject({ status: 400, code: 'invalid-request' });
    const fields = Array.isArray(errors)
      ? errors.map((each: unknown) => isRecord(each) && each['field'])
      : [];
    expect(fields.sort()).toEqual(['From', 'Message-ID', 'received', 'to']);
  });

  it.each([
    '?to=',
    '?to=,',
    '?to=nobody',
    '?to=a@example.org,b',
    '?to=a@example.org&to=b',
    '?to=a%0d%0a@example.org',
    `?to=${Array.from({ length: limits.recipients + 1 }, (_, index) => `a${index}@example.org`).join()}`,
  ])('may not go to %j', async (query) => {
    const { client, account } = await host.account();
    const reply = await post(client, mailOf({ from: account.email }), { query });
    expect(reply.body).toMatchObject({ status: 400, errors: [{ field: 'to' }] });
  });

  it('must be a mail, of limited size', async () => {
    const { client, account } = await host.account();
    const path = '/v1/messages/raw?to=bob@example.org';
    const json = await client.request('POST', path, { from: account.email });
    expect(json.body).toMatchObject({ status: 415, code: 'invalid-request' });
    const text = mailOf({ from: account.email, body: 'x\r\n'.repeat(limits.rawMailBytes / 3) });
    expect((await post(client, text)).body).toMatchObject({ status: 413, code: 'invalid-request' });
    const other = await client.request('POST', '/v1/messages', 'x'.repeat(limits.sendBodyBytes + 1));
    expect(other.status).toBe(413);
  });

  it('is tried once when the server refuses it', async () => {
    const { client, account } = await host.account({
      id: 'refused',
      smtp: { host: '127.0.0.1', port: server.login.port, tls: 'implicit', user: 'alice' },
    });
    Object.assign(host.services, { trust: server.network.trust });
    const mail = mailOf({ from: account.email });
    for (let time = 0; time < 2; time++) {
      const reply = await post(client, mail, { query: '?to=bob@example.org' });
      expect(reply.body).toMatchObject({ status: 422, code: 'send-refused' });
    }
    expect(server.verbs.filter((verb) => verb === 'RCPT')).toHaveLength(1);
  });
});
