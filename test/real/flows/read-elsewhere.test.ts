import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberOf } from '../../../shared/core/outside-data.ts';
import { markSeen } from '../../../shared/flows/conversations/mark-seen.ts';
import { takesSilent } from '../../../shared/flows/push/takes-silent.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { activeSubscription, check, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('a conversation that was read by another mail client', () => {
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

  async function watched() {
    const account = await mailboxAccount(host, sharedMail());
    const [silent, loud] = [push.newDevice(), push.newDevice()];
    await activeSubscription(host, account, silent, { silentOk: true });
    await activeSubscription(host, account, loud);
    const stop = new AbortController();
    const ended = watchAccount(host.services, account.id, stop.signal);
    await eventually('the first look', () => host.services.lastChecks.get(account.id));
    const deliver = async (id: string) => {
      const raw = chatMail({ from: 'bob@example.test', to: account.email, text: id, messageId: id });
      const before = silent.pushes.length;
      await sharedMail().deliver(account.email, raw);
      await eventually('its push', () => silent.pushes.length > before || undefined);
    };
    return { account, silent, loud, deliver, end: () => [stop.abort(), ended][1] };
  }

  /** What another client does, which reads some mails of INBOX. */
  const read = (account: Account, uids: string) =>
    withMailbox(sharedMail(), account, async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd(uids, ['\\Seen'], { uid: true });
    });

  const oursOf = (device: Device) =>
    device.pushes.map(({ payload }): unknown => JSON.parse(String(payload))['x-coi-push']);

  const unreadOf = async (accountId: string) => {
    const [one] = await listConversations(host.services.store, accountId, host.services.clock.now());
    return one?.unread;
  };

  it('is taken back on devices that take pushes which show nothing, and counted as read', async () => {
    const { account, silent, loud, deliver, end } = await watched();
    await deliver('<chat$one@x.test>');
    await deliver('<chat$two@x.test>');
    await read(account, '1:2');
    const last = await eventually('that it was read', () =>
      silent.pushes.length > 2 ? oursOf(silent).at(-1) : undefined,
    );
    expect(last).toMatchObject({ account: account.id, kind: 'seen', badge: 0 });
    expect(silent.pushes.at(-1)?.headers).toMatchObject({ urgency: 'low', ttl: '3600' });
    expect(await unreadOf(account.id)).toBe(0);
    await end();
    expect(loud.pushes).toHaveLength(2);
    expect(silent.pushes).toHaveLength(3);
  });

  it('is taken back on the other devices alone where one of them read it, once', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const [reader, other] = [push.newDevice(), push.newDevice()];
    await activeSubscription(host, account, reader, { silentOk: true, sessionId: 'reader' });
    await activeSubscription(host, account, other, { silentOk: true, sessionId: 'other' });
    await check(host, account);
    const raw = chatMail({ from: 'bob@example.test', to: account.email, text: 'hi' });
    await sharedMail().deliver(account.email, raw);
    await check(host, account);
    const [one] = await listConversations(host.services.store, account.id, host.services.clock.now());
    const key = one?.lastMessage?.key ?? '';
    for (let call = 0; call < 2; call++) await markSeen(host.services, account, one?.id ?? '', key, 'reader');
    expect(oursOf(other)).toMatchObject([{ kind: 'text' }, { kind: 'seen', conversation: one?.id }]);
    expect(reader.pushes).toHaveLength(1);
  });

  it('is read no further than to the first message that is unread', async () => {
    const { account, silent, deliver, end } = await watched();
    await deliver('<chat$older@x.test>');
    await deliver('<chat$newer@x.test>');
    const [older, newer] = oursOf(silent).map((ours) => memberOf(ours, 'message'));
    const first = String(older) < String(newer) ? '1' : '2';
    await read(account, first);
    const last = await eventually('that it was read', () =>
      silent.pushes.length > 2 ? oursOf(silent).at(-1) : undefined,
    );
    expect(last).toMatchObject({ kind: 'seen', badge: 1, message: first === '1' ? older : newer });
    expect(await unreadOf(account.id)).toBe(1);
    await end();
  });
});

describe('pushes that show nothing', () => {
  it.each([
    ['https://web.push.apple.com/x', true, false],
    ['https://api.push.apple.com/x', true, false],
    ['https://fcm.googleapis.com/x', true, true],
    ['https://push.apple.com.example.org/x', true, true],
    ['https://fcm.googleapis.com/x', false, false],
  ])('to %s where they were asked for (%s): %s', (endpoint, silentOk, taken) => {
    expect(takesSilent({ endpoint, silentOk })).toBe(taken);
  });
});
