import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { locateMail } from '../../../shared/flows/mailbox/locate-mail.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { openStore } from '../../../shared/store/client.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import { openTableRequests } from '../../../shared/store/dynamo-client.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { accountPrefixes } from '../../../shared/store/keys.ts';
import { listMessages, listShownMessages } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { renumberInbox } from '../../support/renumber-inbox.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount, watchOf } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('a check that breaks off after a message was stored', () => {
  let host: ApiHost;
  let push: PushService;
  let account: Account;
  let device: Device;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  /** An account with one device whose mailbox was looked at once. */
  async function watched(): Promise<void> {
    account = await mailboxAccount(host, sharedMail());
    device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
  }

  /** One that can store messages, but no conversation, or only so often. */
  async function brokenOffCheck(conversations = 0): Promise<void> {
    const address = host.parts.embedded.store;
    const requests = openTableRequests(address);
    let left = conversations;
    const store = openStore(address, {
      ...requests,
      async putItem(input) {
        if (input.Item?.['sk']?.S?.startsWith(accountPrefixes.conversation) && left-- <= 0)
          throw new Error('broken off');
        return requests.putItem(input);
      },
    });
    const services: Services = { ...host.services, store };
    await expect(checkAccount(services, account, await watchOf(host, account))).rejects.toThrow('broken off');
    store.close();
  }

  const mail = (id: string) =>
    chatMail({ from: 'bob@example.test', to: account.email, text: id, messageId: id });

  async function unread(): Promise<number | undefined> {
    const { store, clock } = host.services;
    const [conversation] = await listConversations(store, account.id, clock.now());
    return conversation?.unread;
  }

  async function shown(): Promise<readonly Message[]> {
    const { store, clock } = host.services;
    const now = clock.now();
    const [conversation] = await listConversations(store, account.id, now);
    const page = { limit: 9, before: undefined, now };
    return (await listShownMessages(store, account.id, conversation?.id ?? '', page)).messages;
  }

  const renumber = () => renumberInbox(host, account);

  it('is made good by the next one', async () => {
    await watched();
    await sharedMail().deliver(account.email, mail('<chat$a@x.test>'));
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$a@x.test>']);
    expect(await unread()).toBe(1);
  });

  it('is made good in a folder that was numbered anew', async () => {
    await watched();
    await sharedMail().deliver(account.email, mail('<chat$a@x.test>'));
    await renumber();
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$a@x.test>']);
    expect(await unread()).toBe(1);
  });

  it('is made good in a folder that is new', async () => {
    await watched();
    await withMailbox(sharedMail(), account, async (client) => {
      await client.mailboxCreate('COI/Chats');
      await client.append('COI/Chats', mail('<chat$a@x.test>'));
    });
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$a@x.test>']);
    expect(await unread()).toBe(1);
  });

  it('shows nothing of what changes another message before that is changed', async () => {
    const said = '<chat$said@x.test>';
    await watched();
    await sharedMail().deliver(account.email, mail(said));
    await check(host, account);
    const about = ['Chat-Content: editrequest', `In-Reply-To: ${said}`, `References: ${said}`].join('\r\n');
    await sharedMail().deliver(account.email, `${about}\r\n${mail('<chat$edit@x.test>')}`);
    await brokenOffCheck();
    expect(await shown()).toMatchObject([{ messageId: said, fold: { edited: undefined } }]);
    await check(host, account);
    expect(await shown()).toMatchObject([{ messageId: said, fold: { edited: { at: expect.any(Number) } } }]);
  });

  it('tells of nothing again that was acknowledged before the folder was numbered anew', async () => {
    await watched();
    await sharedMail().deliver(account.email, mail('<chat$old@x.test>'));
    await check(host, account);
    await renumber();
    await sharedMail().deliver(account.email, mail('<chat$new@x.test>'));
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$old@x.test>', '<chat$new@x.test>']);
    expect(await unread()).toBe(2);
  });

  it('tells of no batch again that was told of, however often a folder that was numbered anew breaks off', async () => {
    await watched();
    await renumber();
    const ids = Array.from({ length: limits.fetchBatch + 1 }, (_, index) => `<chat$batch.${index}@x.test>`);
    for (const id of ids) await sharedMail().deliver(account.email, mail(id));
    await brokenOffCheck(1);
    expect(pushedIds(device)).toHaveLength(limits.fetchBatch);
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device).toSorted()).toEqual(ids.toSorted());
    expect(await unread()).toBe(ids.length);
  });

  it('tells of nothing again that was acknowledged where it lay before it was moved', async () => {
    account = await mailboxAccount(host, sharedMail());
    device = push.newDevice();
    await activeSubscription(host, account, device);
    await withMailbox(
      sharedMail(),
      account,
      async (client) => void (await client.mailboxCreate('COI/Chats')),
    );
    await check(host, account);
    await sharedMail().deliver(account.email, mail('<chat$moved@x.test>'));
    await check(host, account);
    await withMailbox(sharedMail(), account, async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageMove('1', 'COI/Chats');
      await client.append('COI/Chats', mail('<chat$new@x.test>'));
    });
    await brokenOffCheck();
    await check(host, account);
    expect(pushedIds(device)).toEqual(['<chat$moved@x.test>', '<chat$new@x.test>']);
    expect(await unread()).toBe(2);
  });
});

describe.skipIf(!hasMailServers)('a check after somebody read a moved mail', () => {
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

  it('tells of nothing again that was found above the cursor of its new folder', async () => {
    const { store, clock } = host.services;
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    const inMailbox = (work: Parameters<typeof withMailbox>[2]) => withMailbox(sharedMail(), account, work);
    await inMailbox((client) => client.mailboxCreate('COI/Chats'));
    await check(host, account);
    const id = '<chat$read@x.test>';
    const to = account.email;
    await sharedMail().deliver(to, chatMail({ from: 'bob@example.test', to, text: id, messageId: id }));
    await check(host, account);
    await inMailbox(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageMove('1', 'COI/Chats');
    });
    const [conversation] = await listConversations(store, account.id, clock.now());
    const page = { limit: 1, before: undefined, now: clock.now() };
    const { messages } = await listMessages(store, account.id, conversation?.id ?? '', page);
    for (const message of messages) (await locateMail(host.services, account, message)).session.close();
    await check(host, account);
    expect(pushedIds(device)).toEqual([id]);
  });
});

describe.skipIf(!hasMailServers)('two who look into one mailbox at once', () => {
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

  it('tell twice of one batch at most: who is overtaken lets the other go ahead', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
    const ids = Array.from({ length: 3 * limits.fetchBatch }, (_, index) => `<chat$beside.${index}@x.test>`);
    for (const id of ids) {
      const to = account.email;
      await sharedMail().deliver(to, chatMail({ from: 'bob@example.test', to, text: id, messageId: id }));
    }
    const watch = await watchOf(host, account);
    await Promise.all([
      checkAccount(host.services, account, watch),
      checkAccount(host.services, account, watch),
    ]);
    const told = pushedIds(device);
    expect([...new Set(told)].toSorted()).toEqual([...ids].toSorted());
    expect(told.length - ids.length).toBeLessThanOrEqual(limits.fetchBatch);
  });

  it('tell of nothing again that was acknowledged while one of them stood still', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    await check(host, account);
    const before = await watchOf(host, account);
    const to = account.email;
    const id = '<chat$stood-still@x.test>';
    await sharedMail().deliver(to, chatMail({ from: 'bob@example.test', to, text: id, messageId: id }));
    await check(host, account);
    await checkAccount(host.services, account, before);
    expect(pushedIds(device)).toEqual([id]);
  });
});
