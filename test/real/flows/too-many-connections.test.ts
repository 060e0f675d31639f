import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMailbox } from '../../../shared/flows/mailbox/open-mailbox.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { Throttled } from '../../../shared/imap/mail-fault.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type MailServers, startMailServers } from '../../support/dovecot.ts';
import { hasMailServers, type SharedMail } from '../../support/mail-site.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

describe.skipIf(!hasMailServers)('a Dovecot that takes three connections to a mailbox', () => {
  let host: ApiHost;
  let servers: MailServers;
  let mail: SharedMail;

  beforeAll(async () => {
    servers = await startMailServers({ connectionsPerUser: 3 });
    let users = 0;
    mail = { ...servers, newAddress: (name) => `${name}-${users++}@example.test` };
    host = await startApiHost({ ca: [servers.ca] });
  });
  afterAll(async () => {
    await host.stop();
    await servers.stop();
  });

  it('is not asked for a fourth again and again: the mailbox is polled for a while, and its password is not doubted', async () => {
    const account = await mailboxAccount(host, mail);
    const open = () => openMailbox(host.services, account);
    const sessions = [await open(), await open(), await open()];
    await expect(open()).rejects.toBeInstanceOf(Throttled);
    expect(await watchAccount(host.services, account.id, new AbortController().signal)).toBe('throttled');
    expect((await watchOf(host, account)).trouble).toMatchObject({ failures: 2 });
    expect((await getAccount(host.services.store, account.id))?.status).toBe('ok');
    for (const session of sessions) session.close();
  });
});
