import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { getConversation, listConversations, putConversation } from '../../../shared/store/conversation.ts';
import type { Account, AccountSettings, Conversation } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount } from '../../support/watched-account.ts';

const hour = 3_600_000;

describe.skipIf(!hasMailServers)('an alert that is held back', () => {
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

  async function watched(settings: Partial<AccountSettings> = {}) {
    const mailbox = await mailboxAccount(host, sharedMail());
    const account = await changeAccount(host.services, mailbox.id, (stored) => ({
      ...stored,
      settings: { ...stored.settings, ...settings },
    }));
    const device = push.newDevice();
    await activeSubscription(host, account, device, { everyMessage: false, msgtype: 'all' });
    await check(host, account);
    return { account, device };
  }

  /** Delivers mails and looks once. */
  async function receive(account: Account, ids: readonly string[], change = (raw: string) => raw) {
    for (const id of ids) {
      const raw = chatMail({ from: 'Bob <bob@example.test>', to: account.email, text: id, messageId: id });
      await sharedMail().deliver(account.email, change(dated(raw)));
    }
    await check(host, account);
  }

  let mails = 0;
  /** Of two mails that reach the mailbox in one second, their dates tell which is the later one. */
  function dated(raw: string): string {
    mails += 1;
    const date = new Date(Date.now() - 300_000 + mails * 1000).toUTCString().replace('GMT', '+0000');
    return raw.replace(/^Date: .*$/m, `Date: ${date}`);
  }

  async function owedTo(account: Account) {
    const { store, clock } = host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
    return pending.filter((work) => work.accountId === account.id);
  }

  /** What the queue or the tick would do, once its time has come. */
  async function later(account: Account, ms: number) {
    host.pass(ms);
    for (const { id } of await owedTo(account)) await retryPush(host.services, account.id, id);
  }

  async function conversationOf(account: Account): Promise<Conversation> {
    const [one] = await listConversations(host.services.store, account.id, host.services.clock.now());
    if (one === undefined) throw new Error('no conversation');
    return one;
  }

  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, at) => `<chat$${prefix}.${at}@x.test>`);

  const lastOf = (device: Device) => JSON.parse(String(device.pushes.at(-1)?.payload));

  /** Quiet from an hour ago on, for two hours. */
  function tonight() {
    const clockAt = (ms: number) => new Date(host.services.clock.now() + ms).toISOString().slice(11, 16);
    return { from: clockAt(-hour), to: clockAt(hour), timeZone: 'UTC' };
  }

  it('is one of all that came after the first three at once, and costs one write', async () => {
    const { account, device } = await watched();
    await receive(account, ids('burst', 3));
    expect(device.pushes).toHaveLength(3);
    host.parts.take();
    await receive(account, ids('more', 3));
    expect(device.pushes).toHaveLength(3);
    // Three messages, their conversation, the cursor, and what is owed.
    const { write } = host.parts.take();
    await receive(account, ids('again', 3));
    expect(host.parts.take().write).toBe(write - 1);
    await later(account, 5_000);
    expect(device.pushes).toHaveLength(3);
    await later(account, 20_000);
    expect(device.pushes).toHaveLength(4);
    expect(lastOf(device)).toMatchObject({
      'msg-id': expect.stringMatching(/<chat\$(?:more|again)\.\d@x.test>/),
      'x-coi-push': { count: 6, badge: 9 },
    });
    expect(device.pushes.at(-1)?.headers).toMatchObject({ topic: expect.stringMatching(/^[\w-]{32}$/) });
    expect(await owedTo(account)).toEqual([]);
  });

  it('is no concern of a device that wants each message', async () => {
    const { account, device } = await watched();
    const every = push.newDevice();
    await activeSubscription(host, account, every);
    const all = ids('each', 6);
    await receive(account, all);
    await later(account, 25_000);
    expect(pushedIds(every).sort()).toEqual(all);
    expect(device.pushes).toHaveLength(4);
  });

  it('waits once more for a message that comes while it is about to be made, and none is lost', async () => {
    const { account, device } = await watched();
    await receive(account, ids('a', 4));
    host.pass(19_000);
    await receive(account, ids('b', 1));
    await later(account, 2_000);
    expect(device.pushes).toHaveLength(3);
    await later(account, 20_000);
    expect(device.pushes).toHaveLength(4);
    expect(lastOf(device)).toMatchObject({ 'x-coi-push': { count: 2 } });
  });

  it('is held back for ordinary mail as well', async () => {
    const { account, device } = await watched();
    const asMail = (raw: string) => raw.replace('Chat-Version: 1.0\r\n', '').replaceAll('chat$', 'news-');
    await receive(account, ids('news', 2), asMail);
    await receive(account, ids('offers', 3), asMail);
    await later(account, 25_000);
    expect(device.pushes).toHaveLength(4);
    expect(lastOf(device)).toMatchObject({ 'x-coi-push': { kind: 'mail', count: 2 } });
  });

  it('is not made of what was read or muted meanwhile', async () => {
    const { account, device } = await watched();
    await receive(account, ids('read', 4));
    const conversation = await conversationOf(account);
    const seen = { ...conversation, seenUpTo: conversation.recent.at(-1), unread: 0 };
    await putConversation(host.services.store, seen, host.services.clock.now());
    await later(account, 25_000);
    expect(device.pushes).toHaveLength(3);
    expect(await owedTo(account)).toEqual([]);
  });

  it('waits for the end of quiet hours, and tells then of each conversation once', async () => {
    const { account, device } = await watched({ quietHours: tonight() });
    await receive(account, ids('night', 2));
    await receive(account, ids('midnight', 3));
    expect(device.pushes).toHaveLength(0);
    expect(await owedTo(account)).toHaveLength(1);
    await later(account, hour / 2);
    expect(device.pushes).toHaveLength(0);
    await later(account, hour / 2);
    expect(device.pushes).toHaveLength(1);
    expect(lastOf(device)).toMatchObject({ 'x-coi-push': { count: 5, badge: 5 } });
  });

  it('is put off to the morning when a push service put it off before the night', async () => {
    const { account, device } = await watched();
    device.answer({ status: 429, headers: { 'retry-after': '60' } });
    await receive(account, ids('late', 1));
    await changeAccount(host.services, account.id, (stored) => ({
      ...stored,
      settings: { ...stored.settings, quietHours: tonight() },
    }));
    await later(account, 120_000);
    expect(device.pushes).toHaveLength(0);
    await later(account, hour);
    expect(device.pushes).toHaveLength(1);
  });

  it('is none where strangers may ring once, or never, until the account has answered', async () => {
    const { account, device } = await watched({ unknownSenders: 'once' });
    await receive(account, ids('first', 1));
    await receive(account, ids('second', 1));
    expect(pushedIds(device)).toEqual(ids('first', 1));
    expect(device.pushes[0]?.headers).toMatchObject({ urgency: 'normal' });
    const own = chatMail({ from: account.email, to: 'bob@example.test', text: 'who are you?' });
    await sharedMail().deliver(account.email, dated(own));
    await receive(account, ids('third', 1));
    expect(pushedIds(device)).toEqual([...ids('first', 1), ...ids('third', 1)]);
    expect(device.pushes[1]?.headers).toMatchObject({ urgency: 'high' });
    const stored = await conversationOf(account);
    const { id } = stored;
    expect(
      await getConversation(host.services.store, account.id, id, host.services.clock.now()),
    ).toMatchObject({ unread: 3, answered: true });
    const deaf = await watched({ unknownSenders: 'none' });
    await receive(deaf.account, ids('never', 1));
    expect(deaf.device.pushes).toHaveLength(0);
  });
});
