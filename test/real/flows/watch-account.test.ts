import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { type MailServers, startMailServers } from '../../support/dovecot.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, type SharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount, watchOf } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('watching a mailbox', () => {
  let host: ApiHost;
  let push: PushService;
  let servers: MailServers;
  let mail: SharedMail;

  beforeAll(async () => {
    push = await startPushService();
    // A server of its own, for it is restarted under the watchers' feet.
    servers = await startMailServers();
    let users = 0;
    mail = { ...servers, newAddress: (name) => `${name}-${users++}@example.test` };
    host = await startApiHost({ ca: [servers.ca, push.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
    await servers.stop();
  });

  /** An account that is being watched and has been looked at once. */
  async function watched() {
    const account = await mailboxAccount(host, mail);
    const device = push.newDevice();
    await activeSubscription(host, account, device);
    const stop = new AbortController();
    const ended = watchAccount(host.services, account.id, stop.signal);
    await eventually('the first look', () => host.services.lastChecks.get(account.id));
    const deliver = (id: string) =>
      servers.deliver(
        account.email,
        chatMail({ from: 'bob@example.test', to: account.email, text: id, messageId: id }),
      );
    const pushed = (ids: readonly string[]) =>
      eventually(`pushes of ${ids.length} mails`, () =>
        ids.every((id) => pushedIds(device).includes(id)) ? true : undefined,
      );
    return { account, device, stop, ended, deliver, pushed };
  }

  it('hears of a mail by IDLE and pushes it, and stops when told', async () => {
    const { device, stop, ended, deliver, pushed } = await watched();
    await deliver('<chat$idle@x.test>');
    await pushed(['<chat$idle@x.test>']);
    stop.abort();
    expect(await ended).toBe('stopped');
    expect(pushedIds(device)).toEqual(['<chat$idle@x.test>']);
  });

  it('misses none of the mails that come one after another, whatever it is doing just then', async () => {
    const { device, stop, ended, deliver, pushed } = await watched();
    const ids = Array.from({ length: 40 }, (_, i) => `<chat$stream.${i}@x.test>`);
    for (const id of ids) await deliver(id);
    await pushed(ids);
    stop.abort();
    await ended;
    expect(pushedIds(device)).toHaveLength(ids.length);
  });

  it('comes back when the server went away, and tells of what came in between', async () => {
    const { account, device, stop, ended, deliver, pushed } = await watched();
    await deliver('<chat$before@x.test>');
    await pushed(['<chat$before@x.test>']);
    await servers.restart();
    await deliver('<chat$meanwhile@x.test>');
    await pushed(['<chat$meanwhile@x.test>']);
    stop.abort();
    await ended;
    expect(pushedIds(device)).toEqual(['<chat$before@x.test>', '<chat$meanwhile@x.test>']);
    expect((await watchOf(host, account)).folders['INBOX']?.uidNext).toBe(3);
  });

  it('stops asking after two refused logins, and says so', async () => {
    const account = await mailboxAccount(host, mail, { password: 'wrong' });
    const end = await watchAccount(host.services, account.id, new AbortController().signal);
    expect(end).toBe('login-refused');
    expect((await getAccount(host.services.store, account.id))?.status).toBe('login-refused');
    // Nor after a restart: a new watch ends before it connects, whatever the password would be now.
    const again = await watchAccount(host.services, account.id, new AbortController().signal);
    expect(again).toBe('login-refused');
    const logins = servers
      .logs()
      .split('\n')
      .filter((line) => line.includes('auth failed') && line.includes(account.email));
    expect(logins).toHaveLength(2);
  });

  it('ends when the account is gone', async () => {
    expect(await watchAccount(host.services, 'nobody', new AbortController().signal)).toBe('gone');
  });
});
