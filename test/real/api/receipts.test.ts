import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markSeen } from '../../../shared/flows/conversations/mark-seen.ts';
import { parseSendMessage } from '../../../shared/flows/queue-messages.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { recordReceipts } from '../../../shared/flows/send/send-receipts.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { openMailSession } from '../../../shared/imap/mail-session.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { getAccount, updateAccount } from '../../../shared/store/account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account, Conversation, Message } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listMessages } from '../../../shared/store/message.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import type { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { deliverByLmtp } from '../../support/lmtp-relay.ts';
import { mailSessionOf } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { check, mailboxAccount } from '../../support/watched-account.ts';

type Person = { readonly account: Account; readonly client: ContractClient };

/** A chat mail that asks its reader for a receipt. */
function askingMail(from: string, to: string, fields: readonly string[] = []): string {
  return [
    ...fields,
    `From: <${from}>`,
    `To: ${to}`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <chat$${randomUUID()}@example.test>`,
    'Chat-Version: 1.0',
    `Disposition-Notification-To: ${from}`,
    '',
    'Are you there?',
    '',
  ].join('\r\n');
}

async function personOf(host: ApiHost, receipts: 'always' | 'never' = 'always'): Promise<Person> {
  const account = await mailboxAccount(host, sharedMail());
  const { client } = await host.device(account);
  await client.expect(200, 'PATCH', '/v1/account', { readReceipts: receipts });
  await check(host, account);
  const stored = await getAccount(host.services.store, account.id);
  if (stored === undefined) throw new Error('no account');
  return { account: stored, client };
}

/** Flags and subjects of all mails in somebody's INBOX. */
async function inboxOf(email: string) {
  const session = await mailSessionOf(email);
  const { messages } = await session.open('INBOX', 'read');
  return messages === 0 ? [] : await session.fetchFrom(1, { limit: 20 });
}

/** What a person has in his only conversation, once so many messages are there. */
async function conversationOf(
  host: ApiHost,
  { account }: Person,
  count = 1,
): Promise<{ conversation: Conversation; messages: Message[] }> {
  return eventually('mail', async () => {
    await check(host, account);
    const { store, clock } = host.services;
    const [conversation] = await listConversations(store, account.id, clock.now());
    if (conversation === undefined) return undefined;
    const { messages } = await listMessages(store, account.id, conversation.id, {
      limit: 50,
      before: undefined,
      now: clock.now(),
    });
    return messages.length < count ? undefined : { conversation, messages };
  });
}

async function receive(
  host: ApiHost,
  reader: Person,
  fields: readonly string[] = [],
  returnPath?: string,
): Promise<Message> {
  const { newAddress, lmtpPort } = sharedMail();
  const sender = newAddress('sender');
  const mail = askingMail(sender, reader.account.email, fields);
  await deliverByLmtp(lmtpPort, reader.account.email, mail, returnPath ?? sender);
  const [message] = (await conversationOf(host, reader)).messages;
  if (message === undefined) throw new Error('not received');
  return message;
}

async function receiptsOwed(host: ApiHost, { account }: Person): Promise<string[]> {
  const { store, clock } = host.services;
  const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
  return pending.flatMap((work) =>
    work.accountId === account.id && work.kind === 'send' ? [work.messageId] : [],
  );
}

const seen = (host: ApiHost, { account }: Person, message: Message, services = host.services) =>
  markSeen(services, account, message.conversationId, message.key);

const hasNoted = async ({ account }: Person) => (await inboxOf(account.email))[0]?.flags.includes('$MDNSent');

describe.skipIf(!hasMailServers)('reading a message whose sender asks for a receipt', () => {
  let host: ApiHost;
  const stopping = new AbortController();
  let consuming: Promise<void>;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
    const { services } = host;
    consuming = services.queues.consume(
      'send',
      async (body) => {
        const { accountId, messageId } = parseSendMessage(body);
        await continueSend(services, accountId, messageId);
      },
      { signal: stopping.signal },
    );
  });
  afterAll(async () => {
    stopping.abort();
    await consuming;
    await host?.stop();
  });

  it('tells the sender, once, and shows nothing of it in either conversation', async () => {
    const [alice, bob] = [await personOf(host), await personOf(host)];
    const sent = await alice.client.expect(202, 'POST', '/v1/messages', {
      kind: 'text',
      to: [bob.account.email],
      text: 'Are you there?',
      requestReceipt: true,
    });
    const { conversation } = await conversationOf(host, bob);
    const { items } = await bob.client.expect(200, 'GET', `/v1/conversations/${conversation.id}/messages`);
    const [received] = Array.isArray(items) ? items.filter(isRecord) : [];
    const path = `/v1/conversations/${conversation.id}/seen`;
    for (let time = 0; time < 3; time++) {
      await bob.client.expect(200, 'POST', path, { upTo: received?.['id'] });
    }
    await eventually('the receipt', async () => {
      await check(host, alice.account);
      const shown = await alice.client.expect(200, 'GET', `/v1/messages/${sent['id']}`);
      return isRecord(shown['outgoing']) && shown['outgoing']['state'] === 'read' ? shown : undefined;
    });
    await eventually('the flag', async () => ((await hasNoted(bob)) ? true : undefined));
    await eventually('an end of the work', async () =>
      (await receiptsOwed(host, bob)).length === 0 ? true : undefined,
    );
    const receipts = await inboxOf(alice.account.email);
    expect(receipts).toHaveLength(1);
    expect(receipts[0]?.header.first('subject')).toBe('Receipt Notification');
    expect(receipts[0]?.header.first('return-path')).toBe('<>');
    for (const person of [alice, bob]) {
      const { items: conversations } = await person.client.expect(200, 'GET', '/v1/conversations');
      expect(conversations).toHaveLength(1);
      const path = `/v1/conversations/${sent['conversation']}/messages`;
      const own = person === alice ? path : `/v1/conversations/${conversation.id}/messages`;
      const { items: shown } = await person.client.expect(200, 'GET', own);
      expect(shown).toHaveLength(1);
    }
    const shown = await bob.client.expect(200, 'GET', `/v1/messages/${received?.['id']}`);
    expect(shown['outgoing']).toBeUndefined();
  });
});

describe.skipIf(!hasMailServers)('a read receipt', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  it('is owed as soon as the message is seen, and noted in the mailbox only once it is sent', async () => {
    const bob = await personOf(host);
    const message = await receive(host, bob);
    expect(await seen(host, bob, message)).toMatchObject({ unread: 0 });
    const [receipt = '', ...more] = await receiptsOwed(host, bob);
    expect(more).toEqual([]);
    expect(receipt).toMatch(/^<chat\$[\w-]{22}@example\.test>$/);
    expect(await hasNoted(bob)).toBe(false);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('sent');
    expect(await hasNoted(bob)).toBe(false);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('sent');
    expect(await hasNoted(bob)).toBe(true);
    expect(await receiptsOwed(host, bob)).toEqual([]);
  });

  it('waits for a server that cannot be reached, and the message is seen all the same', async () => {
    const bob = await personOf(host);
    const message = await receive(host, bob);
    const { store } = host.services;
    const { smtp } = bob.account;
    await updateAccount(store, { ...bob.account, smtp: { ...smtp, port: 1 } });
    expect(await seen(host, bob, message)).toMatchObject({ unread: 0 });
    const [receipt = ''] = await receiptsOwed(host, bob);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('queued');
    expect(await hasNoted(bob)).toBe(false);
    const stored = await getAccount(store, bob.account.id);
    if (stored === undefined) throw new Error('no account');
    await updateAccount(store, { ...stored, smtp });
    host.pass(3_600_000);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('sent');
  });

  it('is brought back by the tick when the process dies before it is sent', async () => {
    const bob = await personOf(host);
    await seen(host, bob, await receive(host, bob));
    const [receipt = ''] = await receiptsOwed(host, bob);
    host.pass(3_600_000);
    expect((await tick(host.services, { isPolled: () => false })).requeued).toBeGreaterThan(0);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('sent');
  });

  it('is one, however often a message is marked at once or again after a crash', async () => {
    const bob = await personOf(host);
    const message = await receive(host, bob);
    await Promise.all(Array.from({ length: 4 }, () => seen(host, bob, message)));
    const [receipt = '', ...more] = await receiptsOwed(host, bob);
    expect(more).toEqual([]);
    await continueSend(host.services, bob.account.id, receipt);
    await continueSend(host.services, bob.account.id, receipt);
    // A process that died before it could note that the message is seen does all of it again.
    await recordReceipts(host.services, bob.account, [message]);
    expect(await receiptsOwed(host, bob)).toEqual([receipt]);
    expect(await continueSend(host.services, bob.account.id, receipt)).toBe('sent');
    expect(await receiptsOwed(host, bob)).toEqual([]);
    // Whatever was sent twice would be there before this one.
    const { address } = message.from;
    await sharedMail().deliver(address, askingMail(bob.account.email, address));
    const ids = await eventually('the last mail', async () => {
      const mails = await inboxOf(address);
      return mails.length > 1 ? mails.map((mail) => mail.header.first('message-id')) : undefined;
    });
    expect(ids.filter((id) => id === receipt)).toHaveLength(1);
  });

  it('does not keep a message from being seen when it cannot even be recorded', async () => {
    const bob = await personOf(host);
    const message = await receive(host, bob);
    const queues = Object.create(host.services.queues, {
      send: { value: () => Promise.reject(new Error('no queue')) },
    });
    expect(await seen(host, bob, message, { ...host.services, queues })).toMatchObject({ unread: 0 });
    // The promise stands before the queue is asked: the tick finds it.
    expect(await receiptsOwed(host, bob)).toHaveLength(1);
  });

  it('is not sent unless the account says so', async () => {
    const bob = await personOf(host, 'never');
    await seen(host, bob, await receive(host, bob));
    expect(await receiptsOwed(host, bob)).toEqual([]);
  });

  it.each([
    ['machines', 'Auto-Submitted: auto-generated'],
    ['bulk mail', 'Precedence: bulk'],
    ['newsletters', 'List-Unsubscribe: <https://example.test/u>'],
    ['lists', 'List-Id: <friends.example.test>'],
    ['what wants more than we understand', 'Disposition-Notification-Options: a=required,b'],
  ])('is not sent to %s', async (_, field) => {
    const bob = await personOf(host);
    expect(await seen(host, bob, await receive(host, bob, [field]))).toMatchObject({ unread: 0 });
    expect(await receiptsOwed(host, bob)).toEqual([]);
  });

  it('is not sent where the mail came from another address than it says', async () => {
    const bob = await personOf(host);
    await seen(host, bob, await receive(host, bob, [], 'bounces@example.test'));
    expect(await receiptsOwed(host, bob)).toEqual([]);
  });

  it('is not sent when another client of the account sent one', async () => {
    const bob = await personOf(host);
    const message = await receive(host, bob);
    const { imap, password, ca } = sharedMail();
    const session = await openMailSession(
      { ...imap, tls: 'implicit', user: bob.account.email, password },
      { guard: host.services.guard, trust: trustStore([ca]) },
      { deadlineMs: 10_000 },
    );
    await session.open('INBOX', 'write');
    await session.addFlags([1], ['$MDNSent']);
    session.close();
    await seen(host, bob, message);
    expect(await receiptsOwed(host, bob)).toEqual([]);
  });
});

describe('the setting for read receipts', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('is changed alone, and is kept', async () => {
    const { client, account } = await host.account();
    const before = await client.expect(200, 'GET', '/v1/account');
    const settings = isRecord(before['settings']) ? before['settings'] : {};
    const other = settings['readReceipts'] === 'always' ? 'never' : 'always';
    const changed = await client.expect(200, 'PATCH', '/v1/account', { readReceipts: other });
    expect(changed).toEqual({ ...before, settings: { ...settings, readReceipts: other } });
    expect(await client.expect(200, 'PATCH', '/v1/account', {})).toEqual(changed);
    expect(await client.expect(200, 'GET', '/v1/account')).toEqual(changed);
    const stored = await getAccount(host.services.store, account.id);
    // Nothing to change is nothing to write.
    expect(stored?.version).toBe(2);
  });

  it.each([{ readReceipts: 'sometimes' }, { email: 'mallory@example.org' }])('is not %j', async (body) => {
    const { client } = await host.account();
    const reply = await client.request('PATCH', '/v1/account', body);
    expect(reply.body).toMatchObject({ status: 400, errors: [{ field: Object.keys(body)[0] }] });
  });
});
