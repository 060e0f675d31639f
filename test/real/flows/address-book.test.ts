import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { tokensFor } from '../../../shared/flows/receive/keep-token.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { exampleToken } from '../../support/submission-token.ts';
import { activeSubscription, mailboxAccount, watchOf } from '../../support/watched-account.ts';

/** A contact as another client stores it, blocked or muted. */
function contact(address: string, more: { readonly fields?: string; readonly card?: string }): string {
  return [
    'From: alice@example.test',
    `Message-ID: <chat$${addressHash(address).slice(0, 20)}@example.test>`,
    'Chat-Version: 1.0',
    'Chat-Content: contact',
    `COI-From-Hash: ${addressHash(address)}`,
    ...(more.fields === undefined ? [] : [more.fields]),
    'Content-Type: text/html; charset=utf-8',
    '',
    `<p class="h-card"><span class="p-name">X</span><span class="u-email">${address}</span>${more.card ?? ''}</p>`,
    '',
  ].join('\r\n');
}

describe.skipIf(!hasMailServers)('an address book in the mailbox', () => {
  let host: ApiHost;
  let push: PushService;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  async function withBook(): Promise<{ account: Account; device: Device }> {
    const account = await mailboxAccount(host, sharedMail());
    await withMailbox(sharedMail(), account, async (client) => {
      await client.mailboxCreate(['COI', 'Contacts']);
    });
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(account);
    return { account, device };
  }

  /** With the account as it is stored now. */
  async function check(account: Account): Promise<void> {
    const stored = (await getAccount(host.services.store, account.id)) ?? account;
    await checkAccount(host.services, stored, await watchOf(host, account));
  }

  const store = (account: Account, raw: string) =>
    withMailbox(sharedMail(), account, (client) => client.append('COI/Contacts', raw, ['\\Seen']));
  const chat = (account: Account, from: string, text: string) =>
    sharedMail().deliver(account.email, chatMail({ from, to: account.email, text }));

  it('has devices told of people by the names that the user gave them, when a push is put off too', async () => {
    const { account, device } = await withBook();
    await store(account, contact('bob@example.test', {}));
    await chat(account, 'Robert <bob@example.test>', 'Hello');
    device.answer({ status: 503 });
    await check(account);
    await chat(account, 'Carol <carol@example.test>', 'Hello');
    await check(account);
    host.pass(3_600_000);
    const { store: table, clock } = host.services;
    const partition = partitionOf(account.id, table.partitions);
    const { pending } = await listPartition(table, partition, clock.now());
    for (const { accountId, id } of pending)
      if (accountId === account.id) await retryPush(host.services, accountId, id);
    await chat(account, 'Robert <bob@example.test>', 'Hello again');
    await check(account);
    const names = device.pushes.map(({ payload }) => JSON.parse(String(payload))['from-name']);
    expect(names).toEqual(['Carol', 'X', 'X']);
  });

  it('keeps those silent whom another client blocked, in the same check that sees it', async () => {
    const { account, device } = await withBook();
    await store(account, contact('mallory@example.test', { fields: 'COI-Blocked: yes' }));
    await chat(account, 'mallory@example.test', `@Alice:${account.email} buy this`);
    await chat(account, 'bob@example.test', 'Hello');
    await check(account);
    expect(device.pushes).toHaveLength(1);
    expect(String((await device.next()).payload)).toContain('bob@example.test');
  });

  it('tells of the muted only when they mention the user', async () => {
    const { account, device } = await withBook();
    const card = '<span class="p-notification">enabled=false</span>';
    await store(account, contact('carol@example.test', { card }));
    await chat(account, 'carol@example.test', 'Nothing important');
    await check(account);
    expect(device.pushes).toHaveLength(0);
    await chat(account, 'carol@example.test', `@Alice:${account.email} look`);
    await check(account);
    expect(device.pushes).toHaveLength(1);
  });

  it('hands over the submission tokens that other clients and chat mails brought', async () => {
    const { account } = await withBook();
    const createdAt = host.services.clock.now();
    const [dora, erik] = ['dora@example.test', 'erik@example.test'];
    const token = (to: string) => exampleToken({ from: account.email, to, createdAt });
    await store(account, contact(dora, { fields: `COI-TokenOut: ${token(dora)}` }));
    await sharedMail().deliver(
      account.email,
      chatMail({ from: erik, to: account.email, text: 'Hi' }).replace(
        'Chat-Version',
        `X-COI-Temporary-Token: ${token(erik)}\r\nChat-Version`,
      ),
    );
    await check(account);
    const kept = await tokensFor(host.services, account, [dora, erik]);
    expect(Object.fromEntries(kept)).toEqual({
      [dora]: { token: token(dora), own: undefined },
      [erik]: { token: token(erik), own: undefined },
    });
  });

  it('is no conversation, and costs nothing while it does not change', async () => {
    const { account } = await withBook();
    await store(account, contact('bob@example.test', {}));
    await check(account);
    expect(await listConversations(host.services.store, account.id, host.services.clock.now())).toEqual([]);
    expect((await getAccount(host.services.store, account.id))?.addressBookAt).toBeDefined();
    host.parts.take();
    await check(account);
    expect(host.parts.take().write).toBe(0);
  });
});
