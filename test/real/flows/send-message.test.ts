import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../../shared/core/faults.ts';
import { continueSend } from '../../../shared/flows/send/continue-send.ts';
import { sendMessage } from '../../../shared/flows/send/send-message.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { getConversation } from '../../../shared/store/conversation.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { getMessage } from '../../../shared/store/message.ts';
import { getOutgoing } from '../../../shared/store/outgoing.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { getWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { eventually } from '../../support/eventually.ts';
import { mailSessionOf, mailsWithBytes } from '../../support/mail-session-of.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('sending a text', () => {
  let host: ApiHost;

  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });

  afterAll(() => host.stop());

  const now = () => host.services.clock.now();

  /** All mails in a folder, as bytes. */
  async function mailsIn(address: string, folder: string): Promise<string[]> {
    const mails = await mailsWithBytes(await mailSessionOf(address), folder);
    return mails.map(({ raw }) => raw.toString('utf8'));
  }

  const stored = (account: Account, message: Message) =>
    getMessage(host.services.store, account.id, message.conversationId, message.key, now());

  /** What tells clients that something changed. */
  const standing = async (account: Account, { conversationId }: Message) => {
    const { store } = host.services;
    const conversation = await getConversation(store, account.id, conversationId, now());
    const watch = await getWatch(store, account.id);
    return {
      updatedAt: conversation?.updatedAt ?? 0,
      version: conversation?.version ?? 0,
      news: watch?.news.all ?? 0,
    };
  };

  const pendingOf = async (account: Account) => {
    const { store } = host.services;
    const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), now());
    return pending.filter((work) => work.accountId === account.id);
  };

  const send = (account: Account, to: string, text: string) =>
    sendMessage(host.services, account, {
      to: { addresses: [{ address: to, name: undefined }] },
      content: { kind: 'text', text, markdown: undefined, pinned: undefined },
      requestReceipt: false,
    });

  it('delivers a chat mail that ordinary mail programs can read, and shows it in the conversation', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const bob = sharedMail().newAddress('bob');
    const message = await send(account, bob, 'Grüße aus dem Chat');
    expect(message.outgoing).toBe('sent');
    const [mail] = await eventually('the mail at bob', async () => {
      const mails = await mailsIn(bob, 'INBOX');
      return mails.length > 0 ? mails : undefined;
    });
    expect(mail).toContain(`Message-ID: ${message.messageId}`);
    expect(mail).toMatch(/^Chat-Version: 1\.0/m);
    expect(message.messageId).toMatch(/^<chat\$[\w-]{22}@example\.test>$/);
    const conversation = await getConversation(
      host.services.store,
      account.id,
      message.conversationId,
      now(),
    );
    expect(conversation).toMatchObject({ unread: 0, lastMessage: { key: message.key } });
  });

  it('files the very bytes it sent in Sent, once, however often it is asked to go on', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const bob = sharedMail().newAddress('bob');
    const message = await send(account, bob, 'a copy for me');
    expect(await pendingOf(account)).toHaveLength(1);
    for (let again = 0; again < 3; again++) {
      expect(await continueSend(host.services, account.id, message.messageId)).toBe('sent');
    }
    const [copy, ...more] = await mailsIn(account.email, 'Sent');
    expect(more).toEqual([]);
    const [received] = await eventually('the mail at bob', async () => {
      const mails = await mailsIn(bob, 'INBOX');
      return mails.length > 0 ? mails : undefined;
    });
    // Servers on the way put trace fields on top; everything below is as it was sent.
    expect(received?.endsWith(copy ?? 'no copy')).toBe(true);
    expect(await stored(account, message)).toMatchObject({
      outgoing: 'sent',
      place: { folder: 'Sent', uid: 1 },
    });
    const outgoing = await getOutgoing(host.services.store, account.id, message.messageId, now());
    expect(outgoing?.sealedMail).toBeUndefined();
    expect(await pendingOf(account)).toEqual([]);
  });

  it('keeps a mail queued while the server cannot be reached, and sends it when it can', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const bob = sharedMail().newAddress('bob');
    const { updateAccount } = await import('../../../shared/store/account.ts');
    const reachable = { ...account, version: account.version + 1 };
    await updateAccount(host.services.store, { ...reachable, smtp: { ...account.smtp, port: 1 } });
    const unreachable = { ...reachable, smtp: { ...account.smtp, port: 1 } };
    const message = await send(unreachable, bob, 'be patient');
    expect(message.outgoing).toBe('queued');
    const before = await standing(account, message);
    expect(await continueSend(host.services, account.id, message.messageId)).toBe('queued');
    await updateAccount(host.services.store, { ...reachable, version: reachable.version + 1 });
    host.pass(61_000);
    const { requeued } = await tick(host.services, { isPolled: () => false });
    expect(requeued).toBeGreaterThan(0);
    expect(await continueSend(host.services, account.id, message.messageId)).toBe('sent');
    expect((await stored(account, message))?.outgoing).toBe('sent');
    // Whoever saw it queued is to look again.
    const after = await standing(account, message);
    expect(after.updatedAt).toBeGreaterThan(before.updatedAt);
    expect(after).toMatchObject({ version: before.version + 1, news: before.news + 1 });
  });

  it('refuses to send to nobody', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const attempt = send(account, account.email, 'to myself');
    await expect(attempt).rejects.toBeInstanceOf(Fault);
    await expect(attempt).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await pendingOf(account)).toEqual([]);
  });
});
