import type { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Account, Message } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { seedConversation } from '../../support/seed-conversation.ts';
import { mailboxPerson } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('deleting a message', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  const inMailbox = <T>(account: Account, work: (client: ImapFlow) => Promise<T>): Promise<T> =>
    withMailbox(sharedMail(), account, work);

  const idsIn = (account: Account, folder: string) =>
    inMailbox(account, async (client) => {
      await client.mailboxOpen(folder);
      const mails = await client.fetchAll('1:*', { envelope: true }).catch(() => []);
      return mails.map(({ envelope }) => /<(\w+)@/.exec(envelope?.messageId ?? '')?.[1]).toSorted();
    });

  /** Somebody with these messages of Bob's in the INBOX, by the name that their Message-ID has. */
  async function person(names: readonly string[], more: (name: string) => Partial<Message> = () => ({})) {
    const made = await mailboxPerson(host, sharedMail());
    const uidValidity = await inMailbox(made.account, async (client) => {
      for (const name of names) {
        const lines = [
          'From: bob@example.org',
          `Message-ID: <${name}@example.org>`,
          'Chat-Version: 1.0',
          '',
          name,
        ];
        await client.append('INBOX', lines.join('\r\n'));
      }
      return Number((await client.mailboxOpen('INBOX')).uidValidity);
    });
    const bob = { address: 'bob@example.org', name: 'Bob' };
    const { messages } = await seedConversation(host.services, made.account, {
      id: 'bob',
      messages: names.length,
      conversation: { kind: 'direct', title: 'Bob', groupId: undefined, participants: [bob] },
      message: (index) => ({
        from: bob,
        messageId: `<${names[index]}@example.org>`,
        title: undefined,
        place: { folder: 'INBOX', uidValidity, uid: index + 1 },
        ...more(names[index] ?? ''),
      }),
    });
    const path = (name: string) => {
      const message = messages.find(({ messageId }) => messageId === `<${name}@example.org>`);
      return message === undefined ? '' : `/v1/messages/${messageRef(message)}`;
    };
    return { ...made, path };
  }

  it('moves its mail to Trash, and no other; and forgets it', async () => {
    const { client, account, path } = await person(['one', 'two', 'three']);
    const { next } = await client.expect(200, 'GET', '/v1/changes');
    await client.expect(204, 'DELETE', path('three'));
    expect(await idsIn(account, 'INBOX')).toEqual(['one', 'two']);
    expect(await idsIn(account, 'Trash')).toEqual(['three']);
    const { items } = await client.expect(200, 'GET', '/v1/conversations/bob/messages');
    expect(items).toMatchObject([{ messageId: '<two@example.org>' }, { messageId: '<one@example.org>' }]);
    const conversation = {
      id: 'bob',
      unread: 2,
      lastMessage: { id: path('two').slice('/v1/messages/'.length) },
    };
    expect(await client.expect(200, 'GET', '/v1/conversations/bob')).toMatchObject(conversation);
    expect(await client.expect(200, 'GET', `/v1/changes?since=${next}`)).toMatchObject({
      conversations: [conversation],
    });
    for (const method of ['GET', 'DELETE']) await client.expect(404, method, path('three'));
  });

  it('takes its edits with it, which would else stand in for it', async () => {
    const { client, account, path } = await person(['first', 'edit', 'other'], (name) =>
      name === 'edit' ? { kind: 'edit', event: { kind: 'edit', targets: ['<first@example.org>'] } } : {},
    );
    await client.expect(204, 'DELETE', path('first'));
    expect(await idsIn(account, 'INBOX')).toEqual(['other']);
    expect(await idsIn(account, 'Trash')).toEqual(['edit', 'first']);
    const { items } = await client.expect(200, 'GET', '/v1/conversations/bob/messages');
    expect(items).toMatchObject([{ messageId: '<other@example.org>' }]);
    await client.expect(204, 'DELETE', path('other'));
    expect(await client.expect(200, 'GET', '/v1/conversations')).toMatchObject({ items: [] });
  });

  it('forgets one whose mail is gone already, or was moved to another conversation', async () => {
    const { client, account, path } = await person(['gone', 'moved'], () => ({ encrypted: true }));
    await seedConversation(host.services, account, { id: 'group' });
    await inMailbox(account, async (imap) => {
      await imap.mailboxOpen('INBOX');
      await imap.messageDelete('1');
    });
    await client.expect(204, 'DELETE', path('gone'));
    const { id } = await client.expect(200, 'PATCH', path('moved'), { conversation: 'group' });
    await client.expect(204, 'DELETE', path('moved'));
    for (const gone of [path('moved'), `/v1/messages/${id}`]) await client.expect(404, 'GET', gone);
    expect(await idsIn(account, 'Trash')).toEqual(['moved']);
    expect(await client.expect(200, 'GET', '/v1/conversations/group')).toMatchObject({ unread: 1 });
  });

  it('waits until a message is out', async () => {
    const { client, path } = await person(['mine'], () => ({
      own: true,
      outgoing: 'queued',
      place: undefined,
    }));
    const reply = await client.request('DELETE', path('mine'));
    expect(reply.body).toMatchObject({ status: 409, code: 'conflict' });
    expect(reply.headers.get('retry-after')).toBe('60');
    const { items } = await client.expect(200, 'GET', '/v1/conversations/bob/messages');
    expect(items).toHaveLength(1);
  });
});
