import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWork } from '../../../functions/local/work.ts';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import { changeMessageFilter } from '../../../shared/flows/mail-server/message-filter.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { checkFolders } from '../../../shared/flows/watch/check-account.ts';
import { openCheck } from '../../../shared/flows/watch/open-check.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { MailSession } from '../../../shared/imap/mail-session.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account, AccountSettings } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listMessages } from '../../../shared/store/message.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailsIn, withMailbox } from '../../support/mailbox-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount, watchOf } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('filing chats for a server that does not', () => {
  let host: ApiHost;
  let push: PushService;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  /** An account whose mailbox was looked at once, with this filter. */
  async function filtered(filter: AccountSettings['messageFilter'], email?: string) {
    const made = await mailboxAccount(host, sharedMail(), email === undefined ? {} : { email });
    const device = push.newDevice();
    await activeSubscription(host, made, device, { msgtype: 'all' });
    await check(host, made);
    const account = await changeMessageFilter(host.services, made, filter);
    return { account, device };
  }

  const stored = async ({ id }: Account) => {
    const account = await getAccount(host.services.store, id);
    if (account === undefined) throw new Error('the account is gone');
    return account;
  };
  const look = async (account: Account) => check(host, await stored(account));
  const deliver = (account: Account, raw: string) => sharedMail().deliver(account.email, raw);
  const chat = (account: Account, messageId: string) =>
    deliver(account, chatMail({ from: 'Bob <bob@example.test>', to: account.email, text: 'hi', messageId }));
  const plain = (account: Account, messageId: string, more = '') =>
    deliver(
      account,
      `From: shop@example.test\r\nTo: ${account.email}\r\nSubject: Sale\r\nMessage-ID: ${messageId}\r\n${more}\r\nbuy\r\n`,
    );
  const inbox = async (account: Account) =>
    (await mailsIn(sharedMail(), account, 'INBOX')).map(({ messageId }) => messageId);
  const chats = async (account: Account, folder = 'COI/Chats') =>
    (await mailsIn(sharedMail(), account, folder)).map(({ messageId }) => messageId);
  const setSeen = (account: Account, messageId: string) =>
    withMailbox(sharedMail(), account, async (client) => {
      await client.mailboxOpen('INBOX');
      const uids = (await client.search({ header: { 'message-id': messageId } }, { uid: true })) || [];
      await client.messageFlagsAdd(uids, ['\\Seen'], { uid: true });
    });
  const conversations = ({ id }: Account) =>
    listConversations(host.services.store, id, host.services.clock.now());
  const messages = async (account: Account) => {
    const [conversation] = await conversations(account);
    const page = { limit: 100, before: undefined, now: host.services.clock.now() };
    return (await listMessages(host.services.store, account.id, conversation?.id ?? '', page)).messages;
  };
  /** Told of once, counted once, and known to lie in Chats alone. */
  async function expectFiledOnce(
    account: Account,
    device: Device,
    ids: readonly string[],
    folder = 'COI/Chats',
  ) {
    expect(await inbox(account)).toEqual([]);
    expect([...(await chats(account, folder))].sort()).toEqual([...ids].sort());
    expect([...pushedIds(device)].sort()).toEqual([...ids].sort());
    const [conversation] = await conversations(account);
    expect(conversation?.unread).toBe(ids.length);
    const places = new Map(
      (await mailsIn(sharedMail(), account, folder)).map(({ messageId, uid }) => [messageId, uid]),
    );
    const found = await messages(account);
    expect(found.map(({ messageId }) => messageId).sort()).toEqual([...ids].sort());
    for (const { messageId, place } of found) {
      expect(place).toMatchObject({ folder, uid: places.get(messageId) });
    }
  }

  it('makes the folders when it is switched on, with the delimiter and below the prefix of the server', async () => {
    const { account } = await filtered(
      'active',
      sharedMail().newAddress('alice').replace('example.test', 'prefixed.test'),
    );
    const listed = await withMailbox(sharedMail(), account, (client) => client.list());
    expect(listed.filter(({ path }) => /COI\./.test(path))).toMatchObject([
      { path: 'INBOX.COI.Chats', subscribed: true },
      { path: 'INBOX.COI.Contacts', subscribed: true },
    ]);
    expect(account.settings.messageFilter).toBe('active');
    await chat(account, '<chat$prefixed@x.test>');
    await look(account);
    expect(await chats(account, 'INBOX.COI.Chats')).toEqual(['<chat$prefixed@x.test>']);
  });

  it('makes no folders for those who did not ask', async () => {
    const { account } = await filtered('none');
    await chat(account, '<chat$left@x.test>');
    await look(account);
    const listed = await withMailbox(sharedMail(), account, (client) => client.list());
    expect(listed.filter(({ path }) => /COI/.test(path))).toEqual([]);
    expect(await inbox(account)).toEqual(['<chat$left@x.test>']);
  });

  it('moves what comes when active: chats by every rule, and nothing else', async () => {
    const { account, device } = await filtered('active');
    await chat(account, '<chat$one@x.test>');
    await plain(account, '<answer@x.test>', 'References: <chat$one@x.test> <two@x.test>\r\n');
    await plain(account, '<chat$id@x.test>');
    await plain(account, '<mail@x.test>');
    await plain(account, '<thread@x.test>', 'References: <two@x.test> <chat$one@x.test>\r\n');
    expect(await look(account)).toBe(5);
    expect(await chats(account)).toEqual(['<chat$one@x.test>', '<answer@x.test>', '<chat$id@x.test>']);
    expect(await inbox(account)).toEqual(['<mail@x.test>', '<thread@x.test>']);
    expect(pushedIds(device)).toHaveLength(5);
    expect(await look(account)).toBe(0);
    expect(await look(account)).toBe(0);
    expect(pushedIds(device)).toHaveLength(5);
  });

  it('tells and counts a moved mail once, knows its new place, and marks it as a chat', async () => {
    const { account, device } = await filtered('active');
    const ids = ['<chat$a@x.test>', '<chat$b@x.test>', '<chat$c@x.test>'];
    for (const id of ids) await chat(account, id);
    await look(account);
    await expectFiledOnce(account, device, ids);
    for (const { flags } of await mailsIn(sharedMail(), account, 'COI/Chats'))
      expect(flags).toEqual(['$Chat']);
    await look(account);
    await expectFiledOnce(account, device, ids);
  });

  it('costs no write while nothing comes, and two beside the places when something does', async () => {
    const { account } = await filtered('active');
    await chat(account, '<chat$warm@x.test>');
    await look(account);
    host.parts.take();
    await look(account);
    expect(host.parts.take().write).toBe(0);
    await chat(account, '<chat$counted@x.test>');
    await look(account);
    // Message, conversation and cursor as ever; then the new place, the cursor of Chats, and how far it was filed.
    expect(host.parts.take().write).toBe(6);
  });

  it('leaves what lay there before it was switched on', async () => {
    const account = await mailboxAccount(host, sharedMail());
    await check(host, account);
    await chat(account, '<chat$before@x.test>');
    await changeMessageFilter(host.services, account, 'active');
    await chat(account, '<chat$after@x.test>');
    await look(account);
    expect(await inbox(account)).toEqual(['<chat$before@x.test>']);
    expect(await chats(account)).toEqual(['<chat$after@x.test>']);
    await changeMessageFilter(host.services, await stored(account), 'seen');
    await look(account);
    expect(await inbox(account)).toEqual(['<chat$before@x.test>']);
  });

  it('moves no more than it can look through in one go, and the rest at the next check', async () => {
    const { account } = await filtered('active');
    const ids = Array.from({ length: 60 }, (_, index) => `<chat$many.${index}@x.test>`);
    await withMailbox(sharedMail(), account, async (client) => {
      for (const messageId of ids) {
        await client.append(
          'INBOX',
          chatMail({ from: 'bob@x.test', to: account.email, text: 'x', messageId }),
        );
      }
    });
    await look(account);
    expect(await inbox(account)).toEqual([]);
    expect(await chats(account)).toEqual(ids);
    expect((await watchOf(host, account)).filed?.uidNext).toBe(61);
  });

  it('moves a chat when it was read, when that is the filter, and tells nobody again', async () => {
    const { account, device } = await filtered('seen');
    await chat(account, '<chat$read@x.test>');
    await chat(account, '<chat$unread@x.test>');
    await plain(account, '<thread@x.test>', 'References: <two@x.test> <chat$one@x.test>\r\n');
    await look(account);
    expect(await inbox(account)).toHaveLength(3);
    await setSeen(account, '<chat$read@x.test>');
    await setSeen(account, '<thread@x.test>');
    await look(account);
    await look(account);
    expect(await inbox(account)).toEqual(['<chat$unread@x.test>', '<thread@x.test>']);
    expect(await mailsIn(sharedMail(), account, 'COI/Chats')).toMatchObject([
      { messageId: '<chat$read@x.test>', flags: ['$Chat', '\\Seen'] },
    ]);
    expect(pushedIds(device)).toHaveLength(3);
    expect((await conversations(account))[0]?.unread).toBe(2);
    await setSeen(account, '<chat$unread@x.test>');
    await look(account);
    expect(await inbox(account)).toEqual(['<thread@x.test>']);
    expect((await watchOf(host, account)).filed?.uidNext).toBe(4);
    host.parts.take();
    await look(account);
    expect(host.parts.take().write).toBe(0);
  });

  it('sends the receipt of a mail that is moved as soon as it is marked as read', async () => {
    const { account } = await filtered('seen');
    const raw = chatMail({
      from: 'bob@example.test',
      to: account.email,
      text: 'hi',
      messageId: '<chat$rcpt@x.test>',
    });
    const asking = raw.replace('Subject:', 'Disposition-Notification-To: bob@example.test\r\nSubject:');
    await withMailbox(sharedMail(), account, (each) => each.append('INBOX', asking));
    await look(account);
    await changeAccount(host.services, account.id, (each) => ({
      ...each,
      settings: { ...each.settings, readReceipts: 'always' },
    }));
    const real = MailSession.prototype.addFlags;
    vi.spyOn(MailSession.prototype, 'addFlags').mockImplementationOnce(async function (
      this: MailSession,
      ...args
    ) {
      const isTaken = await Reflect.apply(real, this, args);
      await look(account);
      return isTaken;
    });
    const { client } = await host.device(account);
    const [conversation] = await conversations(account);
    const [message] = await messages(account);
    if (message === undefined) throw new Error('nothing was stored');
    await client.expect(200, 'POST', `/v1/conversations/${conversation?.id}/seen`, {
      upTo: messageRef(message),
    });
    expect(await chats(account)).toEqual(['<chat$rcpt@x.test>']);
    const { store, clock } = host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
    expect(pending.filter(({ accountId, kind }) => accountId === account.id && kind === 'send')).toHaveLength(
      1,
    );
  });

  it.each(['active', 'seen'] as const)(
    'marks own mail of another device as read and moves it (%s)',
    async (filter) => {
      const { account, device } = await filtered(filter);
      await deliver(
        account,
        chatMail({
          from: account.email,
          to: 'bob@example.test',
          text: 'mine',
          messageId: '<chat$mine@x.test>',
        }),
      );
      await look(account);
      expect(await inbox(account)).toEqual([]);
      expect(await mailsIn(sharedMail(), account, 'COI/Chats')).toMatchObject([
        { messageId: '<chat$mine@x.test>', flags: ['$Chat', '\\Seen'] },
      ]);
      await look(account);
      expect(pushedIds(device)).toEqual([]);
      expect((await conversations(account))[0]?.unread).toBe(0);
    },
  );

  it('leaves drafts, mail that is marked as deleted, and mail that has no name to be known by', async () => {
    const { account } = await filtered('active');
    await withMailbox(sharedMail(), account, async (client) => {
      const raw = (messageId: string) =>
        chatMail({ from: 'bob@x.test', to: account.email, text: 'x', messageId });
      await client.append('INBOX', raw('<chat$draft@x.test>'), ['\\Draft']);
      await client.append('INBOX', raw('<chat$deleted@x.test>'), ['\\Deleted']);
      await client.append('INBOX', raw('').replace('Message-ID: \r\n', ''));
    });
    await look(account);
    expect(await inbox(account)).toHaveLength(3);
    expect(await chats(account)).toEqual([]);
  });

  it.each([
    ['deleted', (client: Client) => client.mailboxDelete('COI/Chats')],
    ['renamed into Trash', (client: Client) => client.mailboxRename('COI/Chats', 'Trash/Chats')],
  ])('ends when the Chats folder is %s', async (_, remove) => {
    const { account } = await filtered('active');
    await chat(account, '<chat$first@x.test>');
    await look(account);
    await withMailbox(sharedMail(), account, remove);
    await chat(account, '<chat$second@x.test>');
    await look(account);
    expect((await stored(account)).settings.messageFilter).toBe('none');
    expect(await inbox(account)).toEqual(['<chat$second@x.test>']);
    await look(account);
    expect(await inbox(account)).toEqual(['<chat$second@x.test>']);
  });

  describe('that breaks off', () => {
    class Killed extends Error {}

    /** Runs one check that dies at a step: everything after it never happens. */
    async function dyingCheck(
      account: Account,
      prepare: (session: MailSession, services: Services) => Services,
    ) {
      const current = await stored(account);
      const opened = await openCheck(host.services, current, await watchOf(host, account));
      const dying = { ...opened, services: prepare(opened.session, host.services) };
      await expect(checkFolders(dying)).rejects.toThrow(Killed);
      opened.session.close();
    }

    const dyingAfter =
      (name: 'takeTo' | 'deleteMails' | 'addFlags') => (session: MailSession, services: Services) => {
        const real = session[name].bind(session);
        vi.spyOn(session, name).mockImplementation(async (...args: readonly unknown[]) => {
          await Reflect.apply(real, session, args);
          throw new Killed();
        });
        return services;
      };
    const dyingBefore = (name: 'deleteMails') => (session: MailSession, services: Services) => {
      vi.spyOn(session, name).mockRejectedValue(new Killed());
      return services;
    };
    /** The given update of the table after the mails were moved or copied, and all after it, fail. */
    const atUpdate = (number: number) => (session: MailSession, services: Services) => {
      let updates = -1;
      const real = session.takeTo.bind(session);
      vi.spyOn(session, 'takeTo').mockImplementation(async (...args) => {
        const places = await real(...args);
        updates = 0;
        return places;
      });
      const store = new Proxy(services.store, {
        get(target, member) {
          const value = Reflect.get(target, member, target);
          if (member !== 'update') return typeof value === 'function' ? value.bind(target) : value;
          return (...args: unknown[]) => {
            if (updates >= 0 && ++updates >= number) return Promise.reject(new Killed());
            return Reflect.apply(value, target, args);
          };
        },
      });
      return { ...services, store };
    };

    it.each([
      ['move', 'marking', dyingAfter('addFlags')],
      ['move', 'moving', dyingAfter('takeTo')],
      ['move', 'hearing of the new places', atUpdate(1)],
      ['move', 'moving the cursor of Chats', atUpdate(2)],
      ['move', 'noting one place', atUpdate(3)],
      ['move', 'noting all places', atUpdate(4)],
      ['copy', 'copying', dyingAfter('takeTo')],
      ['copy', 'hearing of the new places', atUpdate(1)],
      ['copy', 'moving the cursor of Chats', atUpdate(2)],
      ['copy', 'noting one place', atUpdate(3)],
      ['copy', 'moving the cursor of Chats, with the originals in place', dyingBefore('deleteMails')],
      ['copy', 'removing the originals', dyingAfter('deleteMails')],
    ] as const)(
      '(%s) after %s is finished by the next check, with nothing told, counted or copied twice',
      async (how, _, kill) => {
        const { account, device } = await filtered('active');
        const ids = ['<chat$k1@x.test>', '<chat$k2@x.test>'];
        for (const id of ids) await chat(account, id);
        const prepare = (session: MailSession, services: Services) => {
          vi.spyOn(session, 'moving', 'get').mockReturnValue(how);
          return kill(session, services);
        };
        await dyingCheck(account, prepare);
        const next = await openCheck(host.services, await stored(account), await watchOf(host, account));
        vi.spyOn(next.session, 'moving', 'get').mockReturnValue(how);
        await checkFolders(next);
        await checkFolders(next);
        next.session.close();
        // Whatever place was not noted is found when the message is read.
        const { client } = await host.device(account);
        for (const message of await messages(account)) {
          await client.expect(200, 'GET', `/v1/messages/${messageRef(message)}`);
        }
        await expectFiledOnce(account, device, ids);
        expect((await watchOf(host, account)).filed?.uidNext).toBe(3);
        expect(await look(account)).toBe(0);
      },
    );
  });

  it('knows moved mails again where the server does not tell their new places, or other mail came between', async () => {
    const { account, device } = await filtered('active');
    const ids = ['<chat$n1@x.test>', '<chat$n2@x.test>'];
    for (const id of ids) await chat(account, id);
    const opened = await openCheck(host.services, await stored(account), await watchOf(host, account));
    const real = opened.session.takeTo.bind(opened.session);
    vi.spyOn(opened.session, 'takeTo').mockImplementation(async (...args) => {
      await real(...args);
      return { uidValidity: 0, uids: new Map() };
    });
    const counts = await checkFolders(opened);
    opened.session.close();
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(2);
    await expectFiledOnce(account, device, ids);
    expect(await look(account)).toBe(0);
  });

  describe('while it is watched', () => {
    async function watched(filter: 'active' | 'seen') {
      const { account, device } = await filtered(filter);
      const stop = new AbortController();
      const ended = watchAccount(host.services, account.id, stop.signal);
      const before = host.services.lastChecks.get(account.id);
      await eventually('the first look', () => {
        const at = host.services.lastChecks.get(account.id);
        return at === before ? undefined : at;
      });
      const end = async () => {
        stop.abort();
        await ended;
      };
      return { account, device, end };
    }

    it('moves mail as soon as it has come, and hears of the next', async () => {
      const { account, device, end } = await watched('active');
      const ids = ['<chat$w1@x.test>', '<chat$w2@x.test>', '<chat$w3@x.test>'];
      for (const id of ids) {
        await chat(account, id);
        await eventually(`${id} to be filed`, async () =>
          (await chats(account)).includes(id) ? true : undefined,
        );
      }
      await end();
      await expectFiledOnce(account, device, ids);
    });

    it('loses none of a stream of mails that are moved under its feet', async () => {
      const { account, device, end } = await watched('active');
      const ids = Array.from({ length: 30 }, (_, index) => `<chat$stream.${index}@x.test>`);
      for (const id of ids) await chat(account, id);
      await eventually('all to be filed', async () =>
        (await chats(account)).length === ids.length ? true : undefined,
      );
      await end();
      await look(account);
      await expectFiledOnce(account, device, ids);
    });

    it('follows a change of the setting at once', async () => {
      const own = await startApiHost({ ca: [sharedMail().ca] });
      const account = await mailboxAccount(own, sharedMail());
      const work = startWork(own.services, 'auto');
      await eventually('the first look', () => own.services.lastChecks.get(account.id));
      const { client } = await own.device(account);
      await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'active' });
      const before = own.services.lastChecks.get(account.id);
      await eventually('another look', () => {
        const at = own.services.lastChecks.get(account.id);
        return at === before ? undefined : at;
      });
      await chat(account, '<chat$followed@x.test>');
      await eventually('the mail to be filed', async () =>
        (await chats(account)).length > 0 ? true : undefined,
      );
      await work.stop();
      await own.stop();
    });

    it('moves a mail when the server announces that it was read', async () => {
      const { account, device, end } = await watched('seen');
      await chat(account, '<chat$noted@x.test>');
      await eventually('the push', () => (device.pushes.length > 0 ? true : undefined));
      expect(await chats(account)).toEqual([]);
      await setSeen(account, '<chat$noted@x.test>');
      await eventually('the mail to be filed', async () =>
        (await chats(account)).length > 0 ? true : undefined,
      );
      await end();
      await look(account);
      expect(pushedIds(device)).toEqual(['<chat$noted@x.test>']);
    });
  });
});

type Client = Parameters<Parameters<typeof withMailbox>[2]>[0];
