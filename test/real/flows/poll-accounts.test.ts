import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('polling many mailboxes', () => {
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

  const statusOf = async ({ id }: Account) => (await getAccount(host.services.store, id))?.status;

  const deliver = (account: Account, messageId: string) =>
    sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.test', to: account.email, text: 'hi', messageId }),
    );

  it('goes on with the others where one is refused, one unreachable and one unknown', async () => {
    const good = await mailboxAccount(host, sharedMail());
    const refused = await mailboxAccount(host, sharedMail(), { password: 'wrong' });
    const unreachable = await mailboxAccount(host, sharedMail());
    const elsewhere = { ...unreachable, version: 1, imap: { ...unreachable.imap, port: 1 } };
    await updateAccount(host.services.store, elsewhere);
    const device = push.newDevice();
    await activeSubscription(host, good, device);
    const all = [refused.id, 'nobody', unreachable.id, good.id];

    await pollAccounts(host.services, all);
    await deliver(good, '<chat$polled@x.test>');
    await pollAccounts(host.services, all);

    expect(pushedIds(device)).toEqual(['<chat$polled@x.test>']);
    expect(await statusOf(good)).toBe('ok');
    expect(await statusOf(refused)).toBe('login-refused');
    expect(await statusOf(unreachable)).toBe('ok');
  });

  it('leaves an account alone whose login was refused, until its owner signs in again', async () => {
    const account = await mailboxAccount(host, sharedMail());
    await updateAccount(host.services.store, { ...account, version: 1, status: 'login-refused' });
    await pollAccounts(host.services, [account.id]);
    expect(host.services.lastChecks.has(account.id)).toBe(false);
  });

  it('writes nothing for mailboxes with nothing new', async () => {
    const accounts = [await mailboxAccount(host, sharedMail()), await mailboxAccount(host, sharedMail())];
    const ids = accounts.map(({ id }) => id);
    await pollAccounts(host.services, ids);
    host.parts.take();
    await pollAccounts(host.services, ids);
    expect(host.parts.take().write).toBe(0);
  });

  it('is asked for by the minute tick, each account once in its interval', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const asked: string[] = [];
    const stop = new AbortController();
    const consuming = host.services.queues.consume(
      'poll',
      async (body) => {
        const { accountIds } = parsePollMessage(body);
        asked.push(...accountIds.filter((id) => id === account.id));
        if (asked.length > 0) stop.abort();
      },
      { signal: stop.signal },
    );
    // It was active just now, so it is due in every minute.
    const { accounts, polls } = await tick(host.services, { isPolled: () => true });
    await consuming;
    expect(accounts).toBeGreaterThan(0);
    expect(polls).toBeGreaterThan(0);
    expect(asked).toEqual([account.id]);
  });
});
