import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/core/limits.ts';
import { memberOf } from '../../shared/core/outside-data.ts';
import { markSeen } from '../../shared/flows/conversations/mark-seen.ts';
import { pushTo } from '../../shared/flows/push/push-to.ts';
import { retryPush } from '../../shared/flows/push/retry-push.ts';
import { listConversations } from '../../shared/store/conversation.ts';
import type { Account } from '../../shared/store/items.ts';
import { partitionOf } from '../../shared/store/keys.ts';
import { listPartition } from '../../shared/store/partition.ts';
import { getSubscription } from '../../shared/store/subscription.ts';
import { isRecord } from '../support/api-client.ts';
import { type ApiHost, startApiHost } from '../support/api-host.ts';
import { type Autopush, startAutopush } from '../support/autopush.ts';
import type { ContractClient } from '../support/contract-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Firefox, hasFirefox, startFirefox } from '../support/firefox.ts';
import { type MailClassName, mailOfClass } from '../support/mail-classes.ts';
import { hasMailServers, sharedMail } from '../support/mail-site.ts';
import { withMailbox } from '../support/mailbox-client.ts';
import { type PushPage, startPushPage } from '../support/push-page.ts';
import { check, mailboxAccount } from '../support/watched-account.ts';

type Told = Readonly<Record<string, unknown>>;

/** What the flows make of real mail, encrypted by us, decrypted by the browser and shown by a page of its own. */
describe.skipIf(!hasFirefox || !hasMailServers)('every kind of push, in a real Firefox,', () => {
  let autopush: Autopush;
  let page: PushPage;
  let firefox: Firefox;
  let host: ApiHost;
  let account: Account;
  let client: ContractClient;
  const id = randomUUID();

  beforeAll(async () => {
    [autopush, page] = await Promise.all([startAutopush(), startPushPage()]);
    host = await startApiHost({ ca: [autopush.ca, sharedMail().ca] });
    firefox = await startFirefox({ 'dom.push.serverURL': autopush.webSocketUrl });
    await firefox.open(page.url);
    account = await mailboxAccount(host, sharedMail());
    ({ client } = await host.device(account));
    await check(host, account);
    for (const name of ['own', 'first'] as const) await put(name);
    await check(host, account);
  });

  afterAll(async () => {
    await firefox?.close();
    await host?.stop();
    await page?.close();
    await autopush?.close();
  });

  const put = (name: MailClassName, change = (raw: string) => raw) =>
    withMailbox(sharedMail(), account, (mailbox) =>
      mailbox.append(
        'INBOX',
        change(mailOfClass(name, account.email)),
        [],
        new Date(host.services.clock.now()),
      ),
    );

  let seen = 0;
  /** The next pushes that the page was given, and what it showed of the last one. */
  async function next(
    count = 1,
  ): Promise<{ readonly told: readonly Told[]; readonly shown: readonly unknown[] }> {
    const pushes = await eventually('the push', async () => {
      const all = await firefox.evaluate('window.pushes');
      return Array.isArray(all) && all.length >= seen + count ? all.slice(seen).filter(isRecord) : undefined;
    });
    seen += pushes.length;
    const shown = pushes.at(-1)?.['shown'];
    return {
      told: pushes.flatMap(({ told }) => (isRecord(told) ? [told] : [])),
      shown: Array.isArray(shown) ? shown : [],
    };
  }

  async function toldOf(name: MailClassName) {
    // None is one of a burst.
    host.pass(limits.burstWindowMs + 1_000);
    await put(name);
    await check(host, account);
    const { told, shown } = await next();
    expect(told).toHaveLength(1);
    return { told: told[0] ?? {}, ours: told[0]?.['x-coi-push'], shown };
  }

  async function subscription() {
    const stored = await getSubscription(host.services.store, account.id, id, host.services.clock.now());
    if (stored === undefined) throw new Error('not subscribed');
    return stored;
  }

  it('validation', async () => {
    const key = JSON.stringify(host.services.vapid.publicKey);
    const resource = await firefox.evaluate(`window.subscribe(${key})`);
    const wish = {
      client: 'page',
      device: 'Firefox',
      msgtype: 'all',
      silentOk: true,
      edits: true,
      reactions: true,
      resource,
    };
    await client.expect(201, 'PUT', `/v1/push/subscriptions/${id}`, wish);
    const { told, shown } = await next();
    const [{ validation } = { validation: undefined }] = told;
    expect(shown).toMatchObject([{ title: 'Notifications are on' }]);
    await client.expect(204, 'POST', `/v1/push/subscriptions/${id}/validate`, { validation });
    expect(await subscription()).toMatchObject({ state: 'active' });
  });

  it('test', async () => {
    const reply = await client.expect(200, 'POST', '/v1/push/test');
    expect(reply['items']).toMatchObject([{ outcome: 'delivered', status: 201 }]);
    expect((await next()).told).toMatchObject([{ 'x-coi-push': { account: account.id, kind: 'test' } }]);
  });

  it('new chat', async () => {
    const { told, ours, shown } = await toldOf('chat');
    expect(told).toMatchObject({ 'from-email': 'bob@example.test', 'from-name': 'Bob', folder: 'INBOX' });
    expect(String(told['content']).trim()).toBe('Hello');
    expect(ours).toMatchObject({ kind: 'text', mention: false });
    expect(shown).toContainEqual({ title: 'Bob', body: 'Hello' });
  });

  it('mention', async () => {
    expect((await toldOf('mention')).ours).toMatchObject({ mention: true });
  });

  it('group', async () => {
    const { told, ours } = await toldOf('group');
    expect(told).toMatchObject({ 'group-id': 'hikingfriends1', subject: 'Hiking' });
    expect(memberOf(ours, 'kind')).toBe('text');
  });

  it('encrypted', async () => {
    const { told, ours } = await toldOf('encrypted');
    expect(told['content-type']).toMatch(/^multipart\/encrypted/);
    expect(told['content']).toContain('BEGIN PGP MESSAGE');
    expect(ours).toMatchObject({ kind: 'encrypted' });
  });

  it('call', async () => {
    expect((await toldOf('call')).ours).toMatchObject({ kind: 'call' });
  });

  it('ordinary mail', async () => {
    const { told, ours } = await toldOf('mail');
    expect(told).toMatchObject({ subject: 'Invoice', 'msg-id': '<mail@example.test>' });
    expect(ours).toMatchObject({ kind: 'mail' });
  });

  it('edit, reaction and delete', async () => {
    const { told, ours } = await toldOf('edit');
    expect(String(told['content']).trim()).toBe('Hello again');
    expect(ours).toMatchObject({ kind: 'edit' });
    expect((await toldOf('reaction')).ours).toMatchObject({ kind: 'reaction', emoji: '👍' });
    const gone = (await toldOf('delete')).ours;
    expect(gone).toMatchObject({ kind: 'delete', message: memberOf(ours, 'message') });
  });

  it('without content, as large as may be, and cut', async () => {
    const size = (bytes: number) => (raw: string) =>
      raw.replace('chat$chat@', `chat$${bytes}@`).replace('Hello', 'x'.repeat(bytes));
    for (const bytes of [3_000, 4_000]) {
      host.pass(limits.burstWindowMs + 1_000);
      await put('chat', size(bytes));
      await check(host, account);
      const [told = {}] = (await next()).told;
      expect(String(told['content'] ?? '').trim().length).toBe(bytes === 3_000 ? bytes : 0);
    }
  });

  it('summary of a burst', async () => {
    host.pass(limits.burstWindowMs + 1_000);
    for (let count = 0; count < 6; count++)
      await put('chat', (raw) => raw.replace('chat$chat@', `chat$burst-${count}@`));
    await check(host, account);
    expect((await next(3)).told).toHaveLength(3);
    host.pass(limits.burstPauseMs + limits.workerSkewMs);
    const { store, clock } = host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
    for (const work of pending)
      if (work.accountId === account.id) await retryPush(host.services, account.id, work.id);
    expect((await next()).told).toMatchObject([{ 'x-coi-push': { count: 3 } }]);
  });

  it('seen', async () => {
    const { store, clock } = host.services;
    const talks = await listConversations(store, account.id, clock.now());
    const talk = talks.find(({ unread }) => unread > 3);
    await markSeen(host.services, account, talk?.id ?? '', talk?.lastMessage?.key ?? '', 'another session');
    expect((await next()).told).toEqual([
      { 'x-coi-push': expect.objectContaining({ kind: 'seen', conversation: talk?.id, badge: 0 }) },
    ]);
  });

  it('status of the account', async () => {
    const alert = { ttlSeconds: 60, urgency: 'normal' } as const;
    for (const status of ['login-refused', 'ok'] as const) {
      await pushTo(host.services, { accountId: account.id, status, alert }, await subscription());
      expect((await next()).told).toEqual([
        { 'x-coi-push': { account: account.id, kind: 'account', status } },
      ]);
    }
  });

  it('is taken by its push service as it is, and none is tried twice', () => {
    expect(autopush.answers.every((status) => status === 201)).toBe(true);
    expect(autopush.answers).toHaveLength(seen);
  });
});
