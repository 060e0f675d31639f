import { randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionDefinitions } from '../../../functions/definitions.ts';
import { sendMessage } from '../../../shared/flows/send/send-message.ts';
import { getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account, PendingWork } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { getOutgoing } from '../../../shared/store/outgoing.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { reschedulePendingWork } from '../../../shared/store/pending-work.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { type DeclaredFunctions, startDeclaredFunctions } from '../../support/deployed/declared-functions.ts';
import { sqsEvent } from '../../support/deployed/events.ts';
import { eventually } from '../../support/eventually.ts';
import { listen, portOf } from '../../support/listen.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('the functions behind queues', () => {
  let functions: DeclaredFunctions;
  let push: PushService;
  let tarpit: Server;
  const held = new Set<Socket>();

  beforeAll(async () => {
    push = await startPushService();
    functions = await startDeclaredFunctions({ ca: [sharedMail().ca, push.ca] });
    // Accepts connections, and never says a word.
    tarpit = createServer((socket) => {
      held.add(socket.resume().on('error', () => undefined));
      socket.once('close', () => held.delete(socket));
    });
    await listen(tarpit);
  });

  afterAll(async () => {
    await functions?.stop();
    await push?.close();
    for (const socket of held) socket.destroy();
    tarpit.close();
  });

  const pollOf = (...accountIds: string[]) => JSON.stringify({ accountIds, at: Date.now() });

  async function subscribed(): Promise<{ account: Account; device: Device }> {
    const account = await mailboxAccount(functions.host, sharedMail());
    const device = push.newDevice();
    await activeSubscription(functions.host, account, device);
    return { account, device };
  }

  const deliver = ({ email }: Account, messageId: string) =>
    sharedMail().deliver(email, chatMail({ from: 'bob@example.test', to: email, text: 'hi', messageId }));

  async function inTarpit(account: Account): Promise<void> {
    const port = portOf(tarpit);
    const stored = await getAccount(functions.host.services.store, account.id);
    if (stored === undefined) throw new Error('no account');
    await updateAccount(functions.host.services.store, { ...stored, imap: { ...stored.imap, port } });
  }

  async function pendingOf(account: Account): Promise<PendingWork[]> {
    const { store } = functions.host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), Date.now());
    return pending.filter(({ accountId }) => accountId === account.id);
  }

  it('poll: looks into the mailboxes of a message and pushes, and gives back alone what it cannot read', async () => {
    const { account, device } = await subscribed();
    const poll = functions.start('poll');
    const event = sqsEvent(
      { id: 'good', body: pollOf(account.id, 'nobody') },
      { id: 'no-json', body: 'x' },
      { id: 'no-poll', body: '{}' },
    );
    expect(await poll.invoke(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'no-json' }, { itemIdentifier: 'no-poll' }],
    });
    await deliver(account, '<chat$polled@x.test>');
    expect(await poll.invoke(sqsEvent({ id: 'again', body: pollOf(account.id) }))).toEqual({
      batchItemFailures: [],
    });
    expect(pushedIds(device)).toEqual(['<chat$polled@x.test>']);
  });

  it('poll: gives back before its time ends what a silent server held up, and keeps what was done', async () => {
    const { account: slow } = await subscribed();
    const { account: good, device } = await subscribed();
    await inTarpit(slow);
    const poll = functions.start('poll', { timeoutMs: 9_000 });
    await poll.invoke(sqsEvent({ id: 'first', body: pollOf(good.id) }));
    await deliver(good, '<chat$beside@x.test>');
    const reply = await poll.invoke(
      sqsEvent({ id: 'slow', body: pollOf(slow.id) }, { id: 'good', body: pollOf(good.id) }),
    );
    expect(reply).toEqual({ batchItemFailures: [{ itemIdentifier: 'slow' }] });
    expect(pushedIds(device)).toEqual(['<chat$beside@x.test>']);
    // The same process goes on: it was not ended, and its connection is gone.
    expect(await poll.invoke(sqsEvent({ id: 'next', body: pollOf(good.id) }))).toEqual({
      batchItemFailures: [],
    });
    expect(poll.coldStarts).toHaveLength(1);
    await eventually('the end of its connection', () => (held.size === 0 ? true : undefined));
  });

  it('poll: drops what a tick asked for too long ago, so that it does not come again', async () => {
    const { account, device } = await subscribed();
    const poll = functions.start('poll');
    await poll.invoke(sqsEvent({ id: 'baseline', body: pollOf(account.id) }));
    await deliver(account, '<chat$stale@x.test>');
    const scheduled = (minutes: number) =>
      JSON.stringify({
        accountIds: [account.id],
        scheduled: { at: Date.now() - minutes * 60_000, stretch: 1 },
      });
    const stale = sqsEvent({ id: 'stale', body: scheduled(3) });
    expect(await poll.invoke(stale)).toEqual({ batchItemFailures: [] });
    expect(device.pushes).toEqual([]);
    expect(poll.log.join('\n')).toContain('poll-dropped');
    await poll.invoke(sqsEvent({ id: 'fresh', body: scheduled(1) }));
    expect(pushedIds(device)).toEqual(['<chat$stale@x.test>']);
  });

  it('poll: fails as a whole at an event that no queue sent', async () => {
    await expect(functions.start('poll').invoke({ hello: 'world' })).rejects.toThrow('without Records');
  });

  it('push: makes the push that was put off, and says nothing of one that is done', async () => {
    const { account, device } = await subscribed();
    const poll = functions.start('poll');
    await poll.invoke(sqsEvent({ id: 'baseline', body: pollOf(account.id) }));
    device.answer({ status: 503 });
    await deliver(account, '<chat$later@x.test>');
    await poll.invoke(sqsEvent({ id: 'poll', body: pollOf(account.id) }));
    expect(device.pushes).toEqual([]);
    const [owed] = await pendingOf(account);
    if (owed === undefined) throw new Error('nothing is owed');
    const body = JSON.stringify({ accountId: account.id, id: owed.id });
    const again = functions.start('push');
    // Too early: what the table says counts, not the queue.
    expect(await again.invoke(sqsEvent({ id: 'early', body }))).toEqual({ batchItemFailures: [] });
    expect(device.pushes).toEqual([]);
    await reschedulePendingWork(functions.host.services.store, account.id, owed, 0);
    const event = sqsEvent(
      { id: 'due', body },
      { id: 'no-push', body: '{"accountId":1}' },
      { id: 'gone', body: JSON.stringify({ accountId: account.id, id: 'done-already' }) },
    );
    expect(await again.invoke(event)).toEqual({ batchItemFailures: [{ itemIdentifier: 'no-push' }] });
    expect(pushedIds(device)).toEqual(['<chat$later@x.test>']);
    expect(await pendingOf(account)).toEqual([]);
  });

  it('push: repeats none whose device ended its subscription', async () => {
    const { account, device } = await subscribed();
    const poll = functions.start('poll');
    await poll.invoke(sqsEvent({ id: 'baseline', body: pollOf(account.id) }));
    device.answer({ status: 503 });
    await deliver(account, '<chat$never@x.test>');
    await poll.invoke(sqsEvent({ id: 'poll', body: pollOf(account.id) }));
    const [owed] = await pendingOf(account);
    if (owed === undefined) throw new Error('nothing is owed');
    await reschedulePendingWork(functions.host.services.store, account.id, owed, 0);
    push.forget(device);
    const event = sqsEvent({ id: 'due', body: JSON.stringify({ accountId: account.id, id: owed.id }) });
    expect(await functions.start('push').invoke(event)).toEqual({ batchItemFailures: [] });
    expect(await pendingOf(account)).toEqual([]);
  });

  /** A mail that is recorded and could not be submitted yet; its next try is due. */
  async function queued(account: Account): Promise<{ messageId: string; body: string }> {
    const { store } = functions.host.services;
    const { smtp } = account;
    const now = await getAccount(store, account.id);
    if (now === undefined) throw new Error('no account');
    const away = { ...now, smtp: { ...smtp, port: 1 } };
    await updateAccount(store, away);
    functions.host.pass(-120_000);
    const message = await sendMessage(functions.host.services, away, {
      to: { addresses: [{ address: sharedMail().newAddress('bob'), name: undefined }] },
      content: { kind: 'text', text: 'hi', markdown: undefined, pinned: undefined },
      requestReceipt: false,
    });
    functions.host.pass(120_000);
    expect(message.outgoing).toBe('queued');
    const back = await getAccount(store, account.id);
    if (back === undefined) throw new Error('no account');
    await updateAccount(store, { ...back, smtp });
    const { messageId } = message;
    return { messageId, body: JSON.stringify({ accountId: account.id, messageId }) };
  }

  const stateOf = async (account: Account, messageId: string) =>
    (await getOutgoing(functions.host.services.store, account.id, messageId, Date.now()))?.state;

  it('send: submits a recorded mail, then files its copy', async () => {
    const { account } = await subscribed();
    const { messageId, body } = await queued(account);
    const send = functions.start('send');
    expect(await send.invoke(sqsEvent({ id: '1', body, group: account.id }))).toEqual({
      batchItemFailures: [],
    });
    expect(await stateOf(account, messageId)).toBe('sent');
    expect(await pendingOf(account)).toHaveLength(1);
    expect(await send.invoke(sqsEvent({ id: '2', body, group: account.id }))).toEqual({
      batchItemFailures: [],
    });
    expect(await pendingOf(account)).toEqual([]);
  });

  it('send: does nothing in a group after a failure, so that the order is kept, and goes on with the others', async () => {
    const { account } = await subscribed();
    const { account: other } = await subscribed();
    const [mine, others] = [await queued(account), await queued(other)];
    const event = sqsEvent(
      { id: 'broken', body: 'x', group: account.id },
      { id: 'behind', body: mine.body, group: account.id },
      { id: 'beside', body: others.body, group: other.id },
    );
    expect(await functions.start('send').invoke(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'broken' }, { itemIdentifier: 'behind' }],
    });
    expect(await stateOf(account, mine.messageId)).toBe('queued');
    expect(await stateOf(other, others.messageId)).toBe('sent');
  });

  it('send: a message for a mail that nobody knows is dealt with', async () => {
    const body = JSON.stringify({ accountId: randomUUID(), messageId: '<nobody@x.test>' });
    const event = sqsEvent({ id: '1', body, group: 'a' });
    expect(await functions.start('send').invoke(event)).toEqual({ batchItemFailures: [] });
  });

  it('say in their logs what happened, and nothing personal', async () => {
    const { account, device } = await subscribed();
    const poll = functions.start('poll');
    await poll.invoke(sqsEvent({ id: 'baseline', body: pollOf(account.id) }));
    await deliver(account, '<chat$logged@x.test>');
    await poll.invoke(sqsEvent({ id: 'logged', body: pollOf(account.id) }));
    const lines = poll.log.map((line): Record<string, unknown> => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ event: 'push-delivered', account: account.id }));
    expect(lines).toContainEqual(
      expect.objectContaining({ PushLag: expect.any(Number), service: 'coi-push' }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ outcome: 'done', Checks: 1 }));
    const log = poll.log.join('\n');
    for (const secret of [
      account.email,
      'bob@example.test',
      sharedMail().password,
      device.endpoint,
      'chat$logged',
    ]) {
      expect(log).not.toContain(secret);
    }
  });

  it('do to AWS only what they are declared to do', () => {
    expect(functions.gateway.refused).toEqual([]);
    const { poll, push: repeat, send } = functionDefinitions;
    for (const [name, { dynamoActions }] of Object.entries({ poll, push: repeat, send })) {
      const used = [...(functions.gateway.used.get(name) ?? [])].filter((action) =>
        action.startsWith('dynamodb:'),
      );
      expect(used).toContain(name === 'poll' ? 'dynamodb:BatchGetItem' : 'dynamodb:GetItem');
      expect(dynamoActions).toEqual(expect.arrayContaining(used));
    }
  });
});
