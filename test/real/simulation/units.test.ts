import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import type { Account } from '../../../shared/store/items.ts';
import { units } from '../../simulation/units.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { activeSubscription, mailboxAccount } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('the units that the simulation counts with', () => {
  let host: ApiHost;
  let push: PushService;
  let account: Account;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    account = await mailboxAccount(host, sharedMail());
    await activeSubscription(host, account, push.newDevice());
    // The first check, and the first message of a conversation, make what later ones only change.
    await poll();
    await receive();
    await poll();
  });
  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  const poll = () => pollAccounts(host.services, [account.id]);
  const receive = () =>
    sharedMail().deliver(
      account.email,
      chatMail({ from: 'Bob <bob@example.test>', to: account.email, text: 'How are you?' }),
    );

  it('are those of a check that finds nothing', async () => {
    host.parts.take();
    await poll();
    expect(host.parts.take()).toEqual({ read: units.readsPerCheck, write: 0 });
  });

  it('are those of a message', async () => {
    await receive();
    host.parts.take();
    await poll();
    expect(host.parts.take()).toEqual({
      read: units.readsPerCheck + units.readsPerMessage,
      write: units.writesPerMessage,
    });
  });
});
