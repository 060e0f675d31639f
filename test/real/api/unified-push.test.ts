import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { memberOf } from '../../../shared/core/outside-data.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import type { Account } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Ntfy, type Phone, startNtfy } from '../../support/ntfy.ts';
import { check, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('a phone with UnifiedPush at a server like ntfy', () => {
  let ntfy: Ntfy;
  let host: ApiHost;

  beforeAll(async () => {
    ntfy = await startNtfy();
    host = await startApiHost({ ca: [sharedMail().ca, ntfy.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await ntfy.close();
  });

  const wish = ({ endpoint, p256dh, auth }: Phone) => ({
    ...{ client: 'test app', device: 'phone', msgtype: 'chat', everyMessage: true },
    resource: { endpoint, keys: { p256dh, auth } },
  });

  async function subscribe(client: ContractClient, phone: Phone, id: string = randomUUID()): Promise<string> {
    const path = `/v1/push/subscriptions/${id}`;
    await client.expect(201, 'PUT', path, wish(phone));
    const validation = await eventually('the validation', () => phone.told.at(-1)?.['validation']);
    await client.expect(204, 'POST', `${path}/validate`, { validation });
    return id;
  }

  async function watched() {
    const account = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(account);
    await check(host, account);
    return { account, client };
  }

  async function receive(account: Account, text: string) {
    const raw = chatMail({ from: 'Bob <bob@example.test>', to: account.email, text });
    await sharedMail().deliver(account.email, raw);
    await check(host, account);
  }

  async function owed({ id }: Account) {
    const { store, clock } = host.services;
    const { pending } = await listPartition(store, partitionOf(id, store.partitions), clock.now());
    return pending.filter(({ accountId }) => accountId === id);
  }

  const contents = (phone: Phone) =>
    phone.told.flatMap((told) => (typeof told['content'] === 'string' ? [told['content'].trim()] : []));

  it.each([100, 1000])(
    'subscribes with an endpoint of %i bytes, validates, and reads its messages',
    async (bytes) => {
      const phone = ntfy.newPhone(bytes);
      expect(Buffer.byteLength(phone.endpoint)).toBe(bytes);
      await phone.on();
      const { account, client } = await watched();
      const id = await subscribe(client, phone);
      expect(await client.expect(200, 'GET', `/v1/push/subscriptions/${id}`)).toMatchObject({
        state: 'active',
        validated: true,
      });
      await receive(account, 'Zażółć gęślą jaźń, 你好!');
      await eventually('the message', () => contents(phone)[0]);
      expect(contents(phone)).toEqual(['Zażółć gęślą jaźń, 你好!']);
      expect(phone.told.at(-1)).toMatchObject({ 'from-email': 'bob@example.test', 'from-name': 'Bob' });
      expect(ntfy.answers.at(-1)).toBe(200);
      // Distributors that ask for VAPID get it; this server does not read it.
      expect(ntfy.headers.at(-1)).toMatchObject({
        authorization: expect.stringMatching(/^vapid t=/),
        ttl: '86400',
        'content-encoding': 'aes128gcm',
      });
      await phone.off();
    },
  );

  it('is told once it is on again what came while it was off', async () => {
    const phone = ntfy.newPhone();
    await phone.on();
    const { account, client } = await watched();
    await subscribe(client, phone);
    await phone.off();
    await eventually('the server to notice', () => ntfy.listening() === 0 || undefined);
    await receive(account, 'while away');
    expect(contents(phone)).toEqual([]);
    await phone.on();
    await eventually('the message', () => contents(phone)[0]);
    expect(contents(phone)).toEqual(['while away']);
    await phone.off();
  });

  it('is refused while its distributor has never listened, and keeps its subscription when it was away for long', async () => {
    const phone = ntfy.newPhone();
    const { account, client } = await watched();
    const path = `/v1/push/subscriptions/${randomUUID()}`;
    const reply = await client.request('PUT', path, wish(phone));
    expect(reply.body).toMatchObject({ status: 422, code: 'push-unreachable' });
    await phone.on();
    const id = await subscribe(client, phone);
    await phone.off();
    await eventually('the server to notice', () => ntfy.listening() === 0 || undefined);
    ntfy.forgetSubscribers();
    await receive(account, 'to nobody');
    expect(ntfy.answers.at(-1)).toBe(507);
    for (let attempt = 0; attempt < 12; attempt++) {
      host.pass(limits.pushRetryMaxMs);
      for (const { id: work } of await owed(account)) await retryPush(host.services, account.id, work);
    }
    expect(await client.expect(200, 'GET', `/v1/push/subscriptions/${id}`)).toMatchObject({
      state: 'active',
      failures: 0,
    });
    await phone.on();
    host.pass(limits.pushRetryMaxMs);
    for (const { id: work } of await owed(account)) await retryPush(host.services, account.id, work);
    await eventually('the message', () => phone.told.find((told) => told['from-name'] === 'Bob'));
    expect(await owed(account)).toEqual([]);
    await phone.off();
  });

  it('gets messages that fit, and of others who wrote, where its server takes less', async () => {
    ntfy.takesAtMost(2048);
    const phone = ntfy.newPhone();
    await phone.on();
    const { account, client } = await watched();
    await subscribe(client, phone);
    const before = ntfy.answers.length;
    await receive(account, `1 ${'x'.repeat(3000)}`);
    await receive(account, `2 ${'x'.repeat(3000)}`);
    await receive(account, 'short');
    await eventually('the messages', () => (phone.told.length >= 4 ? true : undefined));
    // Twice too large, 3993 and 2800 bytes: then what it takes is known.
    expect(ntfy.answers.slice(before).filter((status) => status === 413).length).toBeLessThanOrEqual(2);
    expect(
      phone.told.slice(1).map((told) => [told['from-name'], String(told['content'] ?? '').trim()]),
    ).toEqual([
      ['Bob', ''],
      ['Bob', ''],
      ['Bob', 'short'],
    ]);
    ntfy.takesAtMost(4096);
    await phone.off();
  });

  it('stays where it is until its new endpoint is validated', async () => {
    const [old, moved] = [ntfy.newPhone(), ntfy.newPhone(1000)];
    await Promise.all([old.on(), moved.on()]);
    const { account, client } = await watched();
    const id = await subscribe(client, old);
    await client.expect(201, 'PUT', `/v1/push/subscriptions/${id}`, wish(moved));
    await receive(account, 'before');
    await eventually('the message', () => contents(old)[0]);
    await subscribe(client, moved, id);
    await receive(account, 'after');
    await eventually('the message', () => contents(moved)[0]);
    expect(contents(old)).toEqual(['before']);
    expect(contents(moved)).toEqual(['after']);
    expect(memberOf(moved.told[0], 'validation')).toBeDefined();
    await Promise.all([old.off(), moved.off()]);
  });
});
