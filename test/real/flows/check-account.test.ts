import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listMessages } from '../../../shared/store/message.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { listSubscriptions } from '../../../shared/store/subscription.ts';
import { moveCursor } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { renumberInbox } from '../../support/renumber-inbox.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount, watchOf } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('checking a mailbox', () => {
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

  /** An account with one device whose mailbox was looked at once. */
  async function watched(): Promise<{ account: Account; device: Device }> {
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
    return { account, device };
  }

  const chatTo = (account: Account, text: string, messageId?: string) =>
    sharedMail().deliver(
      account.email,
      chatMail({
        from: 'Bob <bob@example.test>',
        to: account.email,
        text,
        ...(messageId ? { messageId } : {}),
      }),
    );

  const conversationsOf = (account: Account) =>
    listConversations(host.services.store, account.id, host.services.clock.now());

  const messagesOf = async (account: Account) => {
    const [conversation] = await conversationsOf(account);
    const { messages } = await listMessages(host.services.store, account.id, conversation?.id ?? '', {
      limit: 100,
      before: undefined,
      now: host.services.clock.now(),
    });
    return messages;
  };

  it('takes what lies there at first sight as old news', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await chatTo(account, 'from before');
    expect(await check(host, account)).toBe(0);
    expect(await conversationsOf(account)).toEqual([]);
    await chatTo(account, 'from after');
    expect(await check(host, account)).toBe(1);
    expect(device.pushes).toHaveLength(1);
  });

  it('stores a chat mail, counts it as unread and pushes it with its text', async () => {
    const { account, device } = await watched();
    await chatTo(account, 'Grüße!', '<chat$one@example.test>');
    await check(host, account);
    const payload: unknown = JSON.parse(String((await device.next()).payload));
    expect(payload).toMatchObject({
      folder: 'INBOX',
      uid: 1,
      'from-email': 'bob@example.test',
      'from-name': 'Bob',
      'msg-id': '<chat$one@example.test>',
      content: 'Grüße!\r\n',
      'x-coi-push': { account: account.id, kind: 'text', badge: 1 },
    });
    const [conversation] = await conversationsOf(account);
    expect(conversation).toMatchObject({ kind: 'direct', title: 'Bob', unread: 1 });
    expect(await messagesOf(account)).toMatchObject([{ messageId: '<chat$one@example.test>', own: false }]);
  });

  it('costs three write units for a received message and none for an empty check', async () => {
    const { account } = await watched();
    await chatTo(account, 'warm');
    await check(host, account);
    host.parts.take();
    await check(host, account);
    expect(host.parts.take().write).toBe(0);
    await chatTo(account, 'counted');
    await check(host, account);
    expect(host.parts.take().write).toBe(3);
  });

  it('counts messages as activity, also own ones of another client, and newsletters not', async () => {
    const { account } = await watched();
    const activityAfter = async (raw: string) => {
      const before = (await watchOf(host, account)).lastActivityAt;
      host.pass(60_000);
      await sharedMail().deliver(account.email, raw);
      host.parts.take();
      expect(await check(host, account)).toBe(1);
      const { lastActivityAt, lastMessageAt } = await watchOf(host, account);
      return { moved: lastActivityAt - before >= 60_000, isMessage: lastMessageAt === lastActivityAt };
    };
    const from = 'news@example.test';
    const newsletter = chatMail({ from, to: account.email, text: 'Offers!' })
      .replace('Chat-Version: 1.0\r\n', '')
      .replaceAll('chat$', 'news-');
    expect(await activityAfter(newsletter)).toEqual({ moved: false, isMessage: false });
    // The cursor alone.
    expect(host.parts.take().write).toBe(1);
    const received = chatMail({ from: 'bob@example.test', to: account.email, text: 'hi' });
    expect(await activityAfter(received)).toEqual({ moved: true, isMessage: true });
    const own = chatMail({ from: account.email, to: 'bob@example.test', text: 'hi from my laptop' });
    expect(await activityAfter(own)).toEqual({ moved: true, isMessage: true });
    expect(await activityAfter(newsletter.replace('news-', 'more-'))).toMatchObject({ moved: false });
  });

  it('tells a second time of nothing when mail moves to another folder', async () => {
    const { account, device } = await watched();
    const raw = chatMail({
      from: 'bob@example.test',
      to: account.email,
      text: 'moved',
      messageId: '<chat$moved@x.test>',
    });
    await sharedMail().deliver(account.email, raw);
    await check(host, account);
    await moveToChats(account);
    await check(host, account);
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$moved@x.test>']);
    expect((await conversationsOf(account))[0]?.unread).toBe(1);
  });

  it('rings for a chat that a server files in a Chats folder which was not there before', async () => {
    const { account, device } = await watched();
    await withMailbox(account, async (client) => {
      await client.mailboxCreate('COI/Chats');
      const raw = {
        from: 'bob@example.test',
        to: account.email,
        text: 'filed',
        messageId: '<chat$filed@x.test>',
      };
      await client.append('COI/Chats', chatMail(raw));
    });
    await check(host, account);
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$filed@x.test>']);
  });

  it('rings for what came lately when the UIDs of a folder became void, and counts nothing twice', async () => {
    const { account, device } = await watched();
    await chatTo(account, 'known', '<chat$known@x.test>');
    await check(host, account);
    await renumberInbox(host, account);
    await chatTo(account, 'new', '<chat$new@x.test>');
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$known@x.test>', '<chat$new@x.test>']);
    expect(await messagesOf(account)).toHaveLength(2);
    expect((await conversationsOf(account))[0]?.unread).toBe(2);
    await chatTo(account, 'later', '<chat$later@x.test>');
    await check(host, account);
    expect(pushedIds(device)).toHaveLength(3);
  });

  it('starts again when UIDNEXT fell under the same UIDVALIDITY', async () => {
    const { account, device } = await watched();
    await chatTo(account, 'known', '<chat$fell@x.test>');
    await check(host, account);
    await pretendCursor(account, ({ uidValidity, uidNext }) => ({ uidValidity, uidNext: uidNext + 10 }));
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$fell@x.test>']);
    await chatTo(account, 'next', '<chat$next@x.test>');
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$fell@x.test>', '<chat$next@x.test>']);
  });

  it('does the same work twice without harm when two workers check at once', async () => {
    const { account, device } = await watched();
    for (const text of ['a', 'b', 'c']) await chatTo(account, text);
    const watch = await watchOf(host, account);
    // Neither has to begin anew because of the other.
    await Promise.all([
      checkAccount(host.services, account, watch),
      checkAccount(host.services, account, watch),
    ]);
    expect(new Set(pushedIds(device)).size).toBe(3);
    expect(await messagesOf(account)).toHaveLength(3);
    expect((await conversationsOf(account))[0]?.unread).toBe(3);
    expect((await watchOf(host, account)).folders['INBOX']?.uidNext).toBe(4);
  });

  it('takes in more mails than one batch, in order', async () => {
    const { account, device } = await watched();
    const ids = Array.from({ length: 60 }, (_, i) => `<chat$batch.${i}@x.test>`);
    for (const id of ids) await chatTo(account, id, id);
    expect(await check(host, account)).toBe(60);
    expect([...pushedIds(device)].sort()).toEqual([...ids].sort());
    expect((await conversationsOf(account))[0]?.unread).toBe(60);
  });

  it('repeats what a push service put off, without content, and only until it is taken', async () => {
    const { account, device } = await watched();
    device.answer({ status: 429, headers: { 'retry-after': '30' } });
    await chatTo(account, 'patience', '<chat$patience@x.test>');
    await check(host, account);
    expect(device.pushes).toHaveLength(0);
    const [pending] = await pendingOf(account);
    expect(pending).toMatchObject({ kind: 'push', attempts: 1 });
    const id = pending?.id ?? '';
    await retryPush(host.services, account.id, id);
    expect(device.pushes).toHaveLength(0);
    // What was asked for, and the jitter at its longest.
    host.pass(41_000);
    await retryPush(host.services, account.id, id);
    const payload: unknown = JSON.parse(String((await device.next()).payload));
    expect(payload).toMatchObject({ 'msg-id': '<chat$patience@x.test>', 'from-name': 'Bob' });
    expect(payload).not.toHaveProperty('content');
    expect(await pendingOf(account)).toEqual([]);
    await retryPush(host.services, account.id, id);
    expect(device.pushes).toHaveLength(1);
  });

  it('makes a deferred push once, however many are woken for it', async () => {
    const { account, device } = await watched();
    device.answer({ status: 503 });
    await chatTo(account, 'once');
    await check(host, account);
    const [pending] = await pendingOf(account);
    host.pass(60_000);
    await Promise.all([1, 2, 3].map(() => retryPush(host.services, account.id, pending?.id ?? '')));
    expect(device.pushes).toHaveLength(1);
    expect(await pendingOf(account)).toEqual([]);
  });

  it('makes a deferred push later when the one who had it in hand did not live to', async () => {
    const { account, device } = await watched();
    device.answer({ status: 503 });
    await chatTo(account, 'later');
    await check(host, account);
    const [pending] = await pendingOf(account);
    host.pass(60_000);
    const dying = { ...host.services.push, send: () => Promise.reject(new Error('the process ends')) };
    const retry = (services = host.services) => retryPush(services, account.id, pending?.id ?? '');
    await expect(retry({ ...host.services, push: dying })).rejects.toThrow('the process ends');
    await retry();
    expect(device.pushes).toEqual([]);
    host.pass(limits.pushInHandMs);
    await retry();
    expect(device.pushes).toHaveLength(1);
  });

  it('brings a deferred push back by the minute tick when its queue message was lost', async () => {
    const { account, device } = await watched();
    device.answer({ status: 503 });
    await chatTo(account, 'lost wake-up', '<chat$lost@x.test>');
    await check(host, account);
    host.pass(16 * 60_000);
    const heard: unknown[] = [];
    const stop = new AbortController();
    const consuming = host.services.queues.consume(
      'push',
      async (body) => {
        heard.push(body);
        if (isFor(body, account)) stop.abort();
      },
      { signal: stop.signal },
    );
    await tick(host.services, { isPolled: () => false });
    await consuming;
    expect(heard).toContainEqual(expect.objectContaining({ accountId: account.id }));
  });

  it('records a push that is put off, and moves the cursor, though the queue takes nothing', async () => {
    const { account, device } = await watched();
    const queues = Object.assign(Object.create(host.services.queues), {
      send: () => Promise.reject(new Error('away')),
    });
    device.answer({ status: 503 });
    await chatTo(account, 'no wake-up', '<chat$unwoken@x.test>');
    await checkAccount({ ...host.services, queues }, account, await watchOf(host, account));
    const [pending] = await pendingOf(account);
    host.pass(60_000);
    await check(host, account);
    expect(device.pushes).toEqual([]);
    await retryPush(host.services, account.id, pending?.id ?? '');
    expect(device.pushes).toHaveLength(1);
  });

  it('forgets a subscription that the push service calls gone, and keeps the others', async () => {
    const { account, device } = await watched();
    const other = push.newDevice();
    await activeSubscription(host, account, other);
    push.forget(device);
    await chatTo(account, 'anybody there?');
    await check(host, account);
    const left = await listSubscriptions(host.services.store, account.id, host.services.clock.now());
    expect(left.map(({ endpoint }) => endpoint)).toEqual([other.endpoint]);
    expect(other.pushes).toHaveLength(1);
  });

  it('keeps a waiting replacement when the endpoint it replaces is gone', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const [old, fresh] = [push.newDevice(), push.newDevice()];
    const { endpoint, p256dh, auth } = fresh;
    const validationUntil = host.services.clock.now() + 60_000;
    await activeSubscription(host, account, old, {
      replacement: { endpoint, p256dh, auth, vapidKeyId: host.services.vapid.keyId },
      validationHash: 'hash',
      validationUntil,
    });
    await check(host, account);
    push.forget(old);
    await chatTo(account, 'anybody there?');
    await check(host, account);
    const left = await listSubscriptions(host.services.store, account.id, host.services.clock.now());
    expect(left).toMatchObject([
      { endpoint, state: 'pending', replacement: undefined, validationHash: 'hash' },
    ]);
  });

  it('tells of ordinary mail only devices that want it, and lists no conversation for it', async () => {
    const { account, device } = await watched();
    const everything = push.newDevice();
    await activeSubscription(host, account, everything, { msgtype: 'all' });
    await sharedMail().deliver(
      account.email,
      `From: shop@example.test\r\nTo: ${account.email}\r\nSubject: Sale\r\nMessage-ID: <sale@x.test>\r\n\r\nbuy\r\n`,
    );
    await check(host, account);
    expect(device.pushes).toHaveLength(0);
    expect(pushedIds(everything)).toEqual(['<sale@x.test>']);
    expect(await conversationsOf(account)).toEqual([]);
  });

  it.each([
    ['own mail', (to: string) => chatMail({ from: to, to: 'bob@example.test', text: 'mine' })],
    [
      'a read receipt',
      (to: string) =>
        chatMail({ from: 'bob@example.test', to, text: '' }).replace(
          'text/plain; charset=utf-8',
          'multipart/report; report-type=disposition-notification; boundary=b',
        ),
    ],
  ])('never rings for %s', async (_what, raw) => {
    const { account, device } = await watched();
    await sharedMail().deliver(account.email, raw(account.email));
    await check(host, account);
    expect(device.pushes).toHaveLength(0);
  });

  async function pendingOf(account: Account) {
    const { store, clock } = host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
    return pending.filter((work) => work.accountId === account.id);
  }

  async function pretendCursor(
    account: Account,
    change: (cursor: { uidValidity: number; uidNext: number }) => { uidValidity: number; uidNext: number },
  ) {
    const cursor = (await watchOf(host, account)).folders['INBOX'];
    if (cursor === undefined) throw new Error('INBOX has no cursor');
    await moveCursor(host.services.store, account.id, 'INBOX', cursor, change(cursor));
  }

  async function moveToChats(account: Account) {
    await withMailbox(account, async (client) => {
      await client.mailboxCreate('COI/Chats');
      await client.mailboxOpen('INBOX');
      await client.messageMove('1:*', 'COI/Chats');
    });
  }

  /** What another client of the user does in the mailbox. */
  async function withMailbox(account: Account, work: (client: ImapFlow) => Promise<void>) {
    const { imap, ca, password } = sharedMail();
    const client = new ImapFlow({
      ...imap,
      secure: true,
      tls: { ca },
      auth: { user: account.email, pass: password },
      logger: false,
    });
    await client.connect();
    await work(client);
    await client.logout();
  }
});

function isFor(body: unknown, account: Account): boolean {
  return typeof body === 'object' && body !== null && 'accountId' in body && body.accountId === account.id;
}
