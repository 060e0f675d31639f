import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EventName } from '../../../shared/core/events.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { listMessages } from '../../../shared/store/message.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailsIn, withMailbox } from '../../support/mailbox-client.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { scriptedAuthority } from '../../support/scripted-authority.ts';
import { scriptedAccount, startScriptedFolders } from '../../support/scripted-folders.ts';
import type { Reply, Script } from '../../support/scripted-imap.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, check, mailboxAccount, watchOf } from '../../support/watched-account.ts';

const hour = 3_600_000;

describe.skipIf(!hasMailServers)('answers that were filed as spam', () => {
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

  /** An account that wrote to Bob, in a mailbox with a folder for spam, which was looked into once. */
  async function writer(options: { readonly junkHolds?: readonly string[] } = {}) {
    const mail = sharedMail();
    const account = await mailboxAccount(host, mail);
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    const box = <T>(work: Parameters<typeof withMailbox<T>>[2]) => withMailbox(mail, account, work);
    const file = (raw: string) => box((client) => client.append('Junk', raw));
    await box((client) => client.mailboxCreate('Junk'));
    for (const raw of options.junkHolds ?? []) await file(raw);
    await check(host, account);
    const sent = newId();
    await mail.deliver(
      account.email,
      chatMail({ from: account.email, to: 'bob@example.org', text: 'Hello', messageId: sent }),
    );
    await check(host, account);
    return { account, device, sent, box, file };
  }

  const later = async (account: Account) => {
    host.pass(hour);
    return check(host, account);
  };

  const conversationsOf = ({ id }: Account) =>
    listConversations(host.services.store, id, host.services.clock.now());

  const messagesOf = async (account: Account) => {
    const [conversation] = await conversationsOf(account);
    const { messages } = await listMessages(host.services.store, account.id, conversation?.id ?? '', {
      limit: 100,
      before: undefined,
      now: host.services.clock.now(),
    });
    return messages;
  };

  const placesOf = async (account: Account) =>
    Object.fromEntries((await messagesOf(account)).map(({ messageId, place }) => [messageId, place?.folder]));

  it('are shown, counted and told of, once', async () => {
    const { account, device, sent, file, box } = await writer();
    const id = newId();
    await file(answer(account, { id, to: sent }));
    await later(account);
    expect(pushedIds(device)).toEqual([id]);
    expect(await conversationsOf(account)).toMatchObject([{ unread: 1 }]);
    expect(await placesOf(account)).toEqual({ [sent]: 'INBOX', [id]: 'Junk' });
    await later(account);
    // The user says that it is none.
    await box(async (client) => {
      await client.mailboxOpen('Junk');
      await client.messageMove('1', 'INBOX');
    });
    await check(host, account);
    await later(account);
    expect(pushedIds(device)).toEqual([id]);
    expect(await conversationsOf(account)).toMatchObject([{ unread: 1 }]);
    expect(await placesOf(account)).toEqual({ [sent]: 'INBOX', [id]: 'INBOX' });
  });

  it('are found by any of the messages that they refer to, also those of ordinary mail programs', async () => {
    const { account, device, sent, file } = await writer();
    const [first, second] = [newId(), '<plain.answer@mail.example.org>'];
    await file(
      answer(account, { id: first, to: '<unknown@example.org>', references: [sent, '<x@example.org>'] }),
    );
    await file(answer(account, { id: second, to: sent, references: [sent], fields: [] }));
    await later(account);
    expect(new Set(pushedIds(device))).toEqual(new Set([first, second]));
  });

  it('are all there is taken in: no other spam leaves a trace', async () => {
    const { account, device, sent, box, file } = await writer();
    const received = newId();
    await sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.org', to: account.email, text: 'hi', messageId: received }),
    );
    await check(host, account);
    const before = await messagesOf(account);
    host.parts.take();
    for (const raw of [
      // A chat that answers nothing, one that answers what is unknown, one that answers what was received.
      chatMail({ from: 'spam@example.org', to: account.email, text: 'win' }),
      answer(account, { to: '<chat$unknown@example.org>' }),
      answer(account, { to: received }),
      // An answer to an own chat that is no chat, and one that is our own.
      answer(account, { id: '<mail@example.org>', to: sent, references: [], fields: [] }),
      answer(account, { to: sent, from: account.email }),
      // Lists of ids without end.
      answer(account, { to: Array.from({ length: 90 }, (_, i) => `<chat$${i}@example.org>`).join('\r\n ') }),
      'From: spam@example.org\r\nSubject: win\r\n\r\nwin\r\n',
      '\r\n',
    ])
      await file(raw);
    await later(account);
    expect(host.parts.take().write).toBe(0);
    expect(pushedIds(device)).toEqual([received]);
    expect(await messagesOf(account)).toEqual(before);
    expect(await mailsIn(sharedMail(), account, 'Junk')).toMatchObject(
      Array.from({ length: 8 }, () => ({ flags: [] })),
    );
    // What was passed over does not come back.
    const id = newId();
    await file(answer(account, { id, to: sent }));
    await later(account);
    expect(pushedIds(device)).toEqual([received, id]);
    await box((client) => client.mailboxDelete('Junk'));
  });

  it('cost three write units each, and a look that finds none costs nothing', async () => {
    const { account, sent, file } = await writer();
    await file(answer(account, { to: sent }));
    await later(account);
    host.parts.take();
    await later(account);
    expect(host.parts.take().write).toBe(0);
    await file(answer(account, { to: sent }));
    await later(account);
    expect(host.parts.take().write).toBe(3);
  });

  it('are old news where they lay in the folder at first sight', async () => {
    const early = newId();
    const { account, device, sent, file } = await writer({
      junkHolds: [
        chatMail({ from: 'bob@example.org', to: 'alice@example.test', text: 'old', messageId: early }),
      ],
    });
    expect((await watchOf(host, account)).folders['Junk']).toMatchObject({ uidNext: 2 });
    const id = newId();
    await file(answer(account, { id, to: sent }));
    await later(account);
    expect(pushedIds(device)).toEqual([id]);
  });

  it('are looked for by polls once an hour, and not where another poll would find nothing new', async () => {
    const { account, device, sent, file } = await writer();
    const id = newId();
    await file(answer(account, { id, to: sent }));
    await check(host, account);
    host.pass(hour / 2);
    await check(host, account);
    expect(pushedIds(device)).toEqual([]);
    host.pass(hour / 2);
    await check(host, account);
    expect(pushedIds(device)).toEqual([id]);
  });

  it('are looked for where the folder comes to be numbered anew', async () => {
    const { account, device, sent, box, file } = await writer();
    await box(async (client) => {
      await client.mailboxDelete('Junk');
      await client.mailboxCreate('Junk');
    });
    await later(account);
    const id = newId();
    await file(answer(account, { id, to: sent }));
    await later(account);
    expect(pushedIds(device)).toEqual([id]);
  });

  it('are heard of on a connection that is held, a quarter of an hour after they came at the latest', async () => {
    const { account, device, sent, file } = await writer();
    const stop = new AbortController();
    const ended = watchAccount(host.services, account.id, stop.signal);
    const rings = async () => {
      const id = newId();
      await sharedMail().deliver(
        account.email,
        chatMail({ from: 'bob@example.org', to: account.email, text: 'hi', messageId: id }),
      );
      await eventually('a push', () => (pushedIds(device).includes(id) ? true : undefined));
    };
    await rings();
    const id = newId();
    await file(answer(account, { id, to: sent }));
    host.pass(hour / 4);
    // Whatever comes now, the renewal is due after it.
    await rings();
    await eventually('the answer', () => (pushedIds(device).includes(id) ? true : undefined));
    await rings();
    stop.abort();
    await ended;
    expect(pushedIds(device)).toHaveLength(4);
  });

  // The last one: a day later, nothing alerts that comes by the clock of the mail server.
  it('are not worth a mailbox that goes unwatched', async () => {
    const { account, device, sent, box, file } = await writer();
    const events: EventName[] = [];
    const log = { ...silentLog, warn: (event: EventName) => void events.push(event) };
    const poll = async () => checkAccount({ ...host.services, log }, account, await watchOf(host, account));
    await box((client) => client.mailboxDelete('Junk'));
    host.pass(hour);
    const other = newId();
    await sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.org', to: account.email, text: 'hi', messageId: other }),
    );
    await poll();
    expect(events).toEqual(['spam-not-read']);
    expect(pushedIds(device)).toEqual([other]);
    // A day later it is looked for anew.
    await box((client) => client.mailboxCreate('Junk'));
    host.pass(24 * hour);
    await poll();
    const id = newId();
    await file(answer(account, { id, to: sent }));
    host.pass(hour);
    await poll();
    expect(await messagesOf(account)).toContainEqual(expect.objectContaining({ messageId: id }));
    expect(events).toEqual(['spam-not-read']);
  });
});

describe('a folder for spam', () => {
  let host: ApiHost;

  beforeAll(async () => {
    host = await startApiHost({ ca: [(await scriptedAuthority()).ca] });
  });

  afterAll(() => host.stop());

  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(ends.splice(0).map((end) => end()));
  });

  const marked: Reply = (command) => command.ok('* LIST () "/" INBOX', '* LIST (\\Junk) "/" Spam');

  async function polled(script: Script) {
    const folders = await startScriptedFolders(['INBOX', 'Spam'], '', { LIST: marked, ...script });
    ends.push(() => folders.server.stop());
    const account = await scriptedAccount(host, folders);
    /** What a poll asks for after the login. */
    const poll = async () => {
      const before = folders.server.commands.length;
      await check(host, account);
      const [, , ...asked] = folders.server.commands.slice(before);
      return asked.map((command) => command.split(' (')[0]);
    };
    return { folders, poll };
  }

  it('costs a poll nothing within the hour, one command after it, and two where mail came', async () => {
    const { folders, poll } = await polled({ 'UID SEARCH': (command) => command.ok('* SEARCH') });
    expect(await poll()).toEqual(['LIST "" "*"', 'EXAMINE INBOX', 'EXAMINE Spam']);
    expect(await poll()).toEqual(['EXAMINE INBOX']);
    host.pass(hour / 2);
    expect(await poll()).not.toContain('EXAMINE Spam');
    host.pass(hour / 2);
    expect((await poll()).slice(-2)).toEqual(['EXAMINE INBOX', 'EXAMINE Spam']);
    folders.put('Spam', '<chat$spam@x.test>', host.services.clock.now());
    host.pass(hour);
    expect((await poll()).slice(-2)).toEqual([
      'EXAMINE Spam',
      expect.stringMatching(/^UID SEARCH UID 1:1 OR /),
    ]);
  });

  it('is left alone for a day where it cannot be searched', async () => {
    const { folders, poll } = await polled({ 'UID SEARCH': (command) => command.bad('no') });
    await poll();
    folders.put('Spam', '<chat$spam@x.test>', host.services.clock.now());
    host.pass(hour);
    expect((await poll()).at(-1)).toContain('UID SEARCH');
    host.pass(hour);
    expect(await poll()).not.toContain('EXAMINE Spam');
    host.pass(24 * hour);
    expect(await poll()).toContain('EXAMINE Spam');
  });

  it('is not asked for again in a day where there is none', async () => {
    const { poll } = await polled({ LIST: (command) => command.ok('* LIST () "/" INBOX') });
    expect((await poll()).filter((command) => command?.startsWith('LIST'))).toHaveLength(2);
    host.pass(hour / 2);
    expect(await poll()).toEqual(['EXAMINE INBOX']);
  });
});

function newId(): string {
  return `<chat$${randomUUID()}@example.org>`;
}

/** A chat mail that answers another one, from a server nobody has heard of. */
function answer(
  account: Account,
  mail: {
    readonly id?: string;
    readonly to: string;
    readonly from?: string;
    readonly references?: readonly string[];
    readonly fields?: readonly string[];
  },
): string {
  const { references = [mail.to], fields = ['Chat-Version: 1.0'] } = mail;
  return [
    `From: ${mail.from ?? 'Bob <bob@example.org>'}`,
    `To: ${account.email}`,
    'Subject: Re: Chat',
    `Message-ID: ${mail.id ?? newId()}`,
    `In-Reply-To: ${mail.to}`,
    ...(references.length === 0 ? [] : [`References: ${references.join('\r\n ')}`]),
    ...fields,
    '',
    'An answer',
    '',
  ].join('\r\n');
}
