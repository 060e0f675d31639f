import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { parsePushMessage, parseSendMessage } from '../../../shared/flows/queue-messages.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { takePoll } from '../../../shared/flows/watch/take-poll.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { pinoLog } from '../../../shared/logging/pino-log.ts';
import type { QueueName } from '../../../shared/queue/queue-definitions.ts';
import { findAccountByEmail, getAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { canaryWord } from '../../support/canaries.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { everythingIn, startParts } from '../../support/embedded.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { subscribe } from '../../support/subscribe.ts';
import { check } from '../../support/watched-account.ts';

type Queued = { readonly name: QueueName; readonly body: object };

describe.skipIf(!hasMailServers)('an account that used everything there is, once it is erased', () => {
  let host: ApiHost;
  let push: PushService;
  let account: Account;
  let device: Device;
  /** Texts that are of this account and of nothing else, by what they are. */
  const traces = new Map<string, string>();
  const queued: Queued[] = [];
  const lines: string[] = [];
  /** Names of the traces that are in a text. */
  const tracesIn = (text: string) =>
    [...traces].filter(([, trace]) => text.includes(trace)).map(([name]) => name);
  const inTable = async () => tracesIn(JSON.stringify(await everythingIn(host.parts)));

  beforeAll(async () => {
    push = await startPushService();
    const parts = await startParts();
    const queues: typeof parts.queues = {
      ...parts.queues,
      async send(name, body) {
        queued.push({ name, body });
      },
    };
    const log = pinoLog('debug', { write: (line) => void lines.push(line) });
    host = await startApiHost({ ca: [sharedMail().ca, push.ca], parts: { ...parts, queues }, log });
    await useEverything();
  });

  afterAll(async () => {
    await host?.stop();
    await push?.close();
  });

  async function signIn(email: string, deviceName: string) {
    const { imap, smtp, password } = sharedMail();
    const reply = await host.nobody.expect(201, 'POST', '/v1/sessions', {
      ...{ email, password, deviceName, displayName: 'Anna Quokka' },
      imap: { host: imap.host, port: imap.port, tls: 'implicit' },
      smtp: { host: smtp.host, port: smtp.port, tls: 'implicit' },
    });
    const token = String(reply['token']);
    traces.set(`token of ${deviceName}`, token.slice(token.lastIndexOf('.') + 1));
    return new ContractClient(host.api, token);
  }

  async function useEverything(): Promise<void> {
    const email = sharedMail().newAddress('anna');
    const bob = sharedMail().newAddress('bob');
    const client = await signIn(email, 'phone');
    await signIn(email, 'tablet');
    const found = await findAccountByEmail(host.services.store, email);
    if (found === undefined) throw new Error('not signed up');
    account = found;
    device = push.newDevice(host.services.vapid.publicKey);
    for (const [name, trace] of Object.entries({
      ...{ account: account.id, email, correspondent: bob, word: canaryWord, name: 'Quokka' },
      ...{ password: sharedMail().password, endpoint: device.endpoint, p256dh: device.p256dh },
      ...{ auth: device.auth, hash: addressHash(bob), filename: 'plans.txt' },
    }))
      traces.set(name, trace);
    await client.expect(200, 'PATCH', '/v1/account', { readReceipts: 'always' });
    await client.expect(200, 'PUT', '/v1/account/credentials', { password: sharedMail().password });
    await subscribe(calling(client), device);
    await client.expect(200, 'POST', '/v1/push/test');
    await client.expect(201, 'PUT', `/v1/contacts/${addressHash(bob)}`, {
      ...{ name: 'Bob Quokka', nickname: canaryWord, addresses: [bob], categories: [canaryWord] },
      blocked: false,
    });
    await client.expect(200, 'PUT', '/v1/profile', { name: 'Anna Quokka', status: canaryWord });
    await check(host, account);
    const asking = chatMail({ from: bob, to: email, text: `first ${canaryWord}` }).replace(
      '\r\n\r\n',
      `\r\nDisposition-Notification-To: ${bob}\r\n\r\n`,
    );
    await sharedMail().deliver(email, asking);
    await check(host, account);
    // One push that is owed still.
    device.answer({ status: 503 });
    await sharedMail().deliver(email, chatMail({ from: bob, to: email, text: `second ${canaryWord}` }));
    await check(host, account);
    const { items } = await client.expect(200, 'GET', '/v1/conversations');
    const [conversation] = Array.isArray(items) ? items.filter(isRecord) : [];
    const id = String(conversation?.['id']);
    const { items: listed } = await client.expect(200, 'GET', `/v1/conversations/${id}/messages`);
    const [newest] = Array.isArray(listed) ? listed.filter(isRecord) : [];
    await client.expect(200, 'GET', `/v1/messages/${newest?.['id']}`);
    await client.expect(200, 'GET', `/v1/messages/${newest?.['id']}/raw`);
    await client.expect(200, 'POST', `/v1/conversations/${id}/seen`, { upTo: newest?.['id'] });
    await client.expect(200, 'PATCH', `/v1/conversations/${id}`, { muted: true });
    const sent = await client.request(
      'POST',
      '/v1/messages',
      {
        ...{ kind: 'text', conversation: id, text: `third ${canaryWord}` },
        attachments: [{ filename: 'plans.txt', type: 'text/plain', content: 'cGxhbnM=' }],
      },
      { 'idempotency-key': randomUUID() },
    );
    expect(sent.status).toBe(202);
    await client.expect(200, 'GET', '/v1/account/export');
    const stored = await inTable();
    expect(stored).toEqual(expect.arrayContaining(['account', 'email', 'correspondent', 'endpoint', 'name']));
    expect(new Set(queued.map(({ name }) => name))).toEqual(new Set(['poll', 'push', 'send']));
    await client.expect(204, 'DELETE', '/v1/account');
    await client.expect(401, 'GET', '/v1/account');
  }

  it('has left nothing in the table', async () => {
    expect(await inTable()).toEqual([]);
  });

  it('comes back by nothing that waited in a queue, and nobody is told anything any more', async () => {
    const { services } = host;
    const handlers: Readonly<Record<QueueName, (body: object) => Promise<unknown>>> = {
      poll: (body) => takePoll(services, body),
      async push(body) {
        const { accountId, id } = parsePushMessage(body);
        await retryPush(services, accountId, id);
      },
      async send(body) {
        const { accountId, messageId } = parseSendMessage(body);
        await continueSend(services, accountId, messageId);
      },
    };
    const [before, pushes] = [queued.length, device.pushes.length];
    host.pass(3_600_000);
    for (const { name, body } of [...queued]) await handlers[name](body);
    await tick(services, { isPolled: () => true });
    expect(queued).toHaveLength(before);
    expect(device.pushes).toHaveLength(pushes);
    expect(await inTable()).toEqual([]);
    expect(await getAccount(services.store, account.id)).toBeUndefined();
  });

  it('was in queues by own ids alone', () => {
    const found = queued.flatMap(({ body }) => tracesIn(JSON.stringify(body)));
    expect(new Set(found)).toEqual(new Set(['account']));
  });

  it('was in the log by its id alone', () => {
    expect(lines.length).toBeGreaterThan(20);
    expect(new Set(lines.flatMap(tracesIn))).toEqual(new Set(['account']));
  });
});

/** A client that is held to the contract, for what needs one that is not. */
function calling(client: ContractClient) {
  return {
    async call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
      const reply = await client.request(method, path, body);
      if (reply.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
      return isRecord(reply.body) ? reply.body : {};
    },
  };
}
