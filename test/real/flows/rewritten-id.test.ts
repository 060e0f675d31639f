import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayOf, memberOf } from '../../../shared/core/outside-data.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { check, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('the own copy of a sent message that the provider filed itself', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost({ ca: [sharedMail().ca] });
  });
  afterAll(() => host?.stop());

  it('is known as the message that was sent, though it came later and under another Message-ID', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(account);
    await check(host, account);
    const bob = sharedMail().newAddress('bob');
    const sent = await client.expect(202, 'POST', '/v1/messages', { kind: 'text', to: [bob], text: 'once' });
    const messages = async () => {
      const path = `/v1/conversations/${String(sent['conversation'])}/messages`;
      const { items } = await client.expect(200, 'GET', path);
      return arrayOf(items);
    };
    const [message] = await messages();
    const sentAt = new Date(String(memberOf(message, 'at')));
    const file = (mail: string) =>
      withMailbox(sharedMail(), account, (mailbox) =>
        mailbox.append('INBOX', mail, ['\\Seen'], new Date(sentAt.getTime() + 7000)),
      );
    const copy = (messageId: string, more: string) =>
      chatMail({ from: account.email, to: bob, text: 'once', messageId })
        .replace(/^Date: .*$/m, `Date: ${sentAt.toUTCString()}`)
        .replace('Chat-Version: 1.0', `Chat-Version: 1.0${more}`);
    const { messageId } = sent;
    const original = `\r\nX-Microsoft-Original-Message-ID: ${String(messageId)}`;
    await file(copy('<replaced@prod.outlook.example>', original));
    expect(await check(host, account)).toBe(1);
    expect(await messages()).toEqual([expect.objectContaining({ id: memberOf(message, 'id') })]);
    // Another mail of the same words, without that field, is another message.
    await file(copy('<chat$other@prod.outlook.example>', ''));
    await check(host, account);
    expect(await messages()).toHaveLength(2);
  });
});
