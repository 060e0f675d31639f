import { type ExecFileException, execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, type Managed, WrongUse } from '../../../functions/admin/commands.ts';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { openCredentials, sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { fileKeyRotation } from '../../../shared/keyring/file-keyring.ts';
import { createVapidKeys, type VapidKeys } from '../../../shared/push/vapid.ts';
import { claimAccountId, getAccount } from '../../../shared/store/account.ts';
import { getInvite } from '../../../shared/store/invite.ts';
import { putSubscription } from '../../../shared/store/subscription.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type PushService, startPushService } from '../../support/push-service.ts';
import { exampleSubscription } from '../../support/store-examples.ts';

describe('the commands of an operator', () => {
  let host: ApiHost;
  let pushService: PushService;
  let managed: Managed;
  let vapid: VapidKeys = createVapidKeys();
  beforeAll(async () => {
    pushService = await startPushService();
    host = await startApiHost({ ca: [pushService.ca, ...(hasMailServers ? [sharedMail().ca] : [])], vapid });
    managed = {
      services: host.services,
      rotation: fileKeyRotation(host.masterKeyFile),
      vapid: {
        read: async () => vapid,
        write: async (keys) => {
          vapid = keys;
        },
      },
      close: async () => undefined,
    };
  });
  afterAll(async () => {
    await host.stop();
    await pushService.close();
  });

  async function run(name: string, ...args: string[]) {
    const lines: string[] = [];
    const isGood = await commands[name]?.run(managed, args, (line) => lines.push(line));
    return { isGood, lines };
  }

  /** An account at the test's mail servers. */
  async function account(password = sharedMail().password) {
    const { imap, smtp } = sharedMail();
    const email = sharedMail().newAddress('anna');
    const at = { tls: 'implicit', user: email } as const;
    const made = await host.account({
      email,
      imap: { host: imap.host, port: imap.port, ...at },
      smtp: { host: smtp.host, port: smtp.port, ...at },
    });
    const sealed = await sealCredentials(host.services, made.account.id, { password });
    await changeAccount(host.services, made.account.id, (stored) => ({ ...stored, ...sealed }));
    return made.account;
  }

  async function subscribe(accountId: string, id: string, vapidKeyId: string) {
    const device = pushService.newDevice();
    await putSubscription(
      host.services.store,
      exampleSubscription({
        ...device,
        accountId,
        id,
        vapidKeyId,
        expiresAt: host.services.clock.now() + 3_600_000,
      }),
      host.services.clock.now(),
    );
    return device;
  }

  it('make invitations, good for so many uses and days', async () => {
    const { lines } = await run('invite', '3', '2');
    const now = host.services.clock.now();
    const invite = await getInvite(host.services.store, lines[0] ?? '', now);
    expect(invite?.uses).toBe(3);
    expect(invite?.expiresAt).toBeLessThanOrEqual(now + 2 * 24 * 3_600_000 + 1000);
    await expect(run('invite', '0')).rejects.toThrow(WrongUse);
    await expect(run('invite', '1', 'x')).rejects.toThrow(WrongUse);
  });

  it('list accounts by their status, by ids alone', async () => {
    const refused = (await host.account({ status: 'login-refused', email: 'refused@example.test' })).account;
    const fine = (await host.account()).account;
    const { lines } = await run('accounts', 'login-refused');
    expect(lines.some((line) => line.startsWith(`${refused.id}  login-refused  paused`))).toBe(true);
    expect(lines.join()).not.toContain(fine.id);
    expect(lines.join()).not.toContain('refused@example.test');
    expect((await run('accounts')).lines.join()).toContain(fine.id);
    await expect(run('accounts', 'lost')).rejects.toThrow(WrongUse);
  });

  it('find an account by its address, however that is written, and erase it', async () => {
    const { id, email } = (await host.account({ email: 'anna@erased.test' })).account;
    await claimAccountId(host.services.store, email, id);
    expect(await run('find', 'Anna@ERASED.test')).toEqual({ isGood: true, lines: [id] });
    expect(await run('erase', id)).toEqual({ isGood: true, lines: ['erased'] });
    expect(await getAccount(host.services.store, id)).toBeUndefined();
    expect((await run('find', email)).isGood).toBe(false);
    await expect(run('erase', id)).rejects.toThrow('no such account');
    await expect(run('find', id)).rejects.toThrow(WrongUse);
  });

  it('pause an account, whatever its user does, and go on with it', async () => {
    const { id } = (await host.account()).account;
    await run('pause', id);
    expect((await getAccount(host.services.store, id))?.status).toBe('paused');
    await run('resume', id);
    expect((await getAccount(host.services.store, id))?.status).toBe('ok');
    await expect(run('pause', 'nobody')).rejects.toThrow('no such account');
    await expect(run('pause', '../x')).rejects.toThrow(WrongUse);
  });

  it.skipIf(!hasMailServers)(
    'check an account step by step, and say what is wrong without naming anybody',
    async () => {
      const good = await account();
      const first = await run('check', good.id);
      expect(first.lines.map((line) => line.split(':')[0])).toEqual([
        'ok   account',
        'ok   password',
        'ok   mailbox',
        'ok   sending',
        'ok   devices',
      ]);
      expect(first.isGood).toBe(true);
      const bad = await account('wrong-horse');
      const second = await run('check', bad.id);
      expect(second.isGood).toBe(false);
      expect(second.lines.join('\n')).toContain('BAD  mailbox: login-refused');
      for (const line of [...first.lines, ...second.lines]) {
        for (const secret of [good.email, bad.email, 'localhost', 'horse'])
          expect(line).not.toContain(secret);
      }
      expect((await run('check', 'nobody')).lines).toEqual([
        'BAD  account: there is none with this id, or it is being erased',
      ]);
    },
  );

  it('push a test to the devices of an account', async () => {
    const { account: somebody } = await host.account();
    const device = await subscribe(somebody.id, 'subscription-1', host.services.vapid.keyId);
    const { isGood, lines } = await run('test-push', somebody.id);
    expect([isGood, lines]).toEqual([true, ['subscription-1  delivered (201)', '1 devices']]);
    expect((await device.next()).payload.toString()).toContain('"test"');
  });

  it('replace the VAPID key, and forget former ones only when nobody has them any more', async () => {
    const { account: somebody, client } = await host.account();
    const first = vapid.keyId;
    await subscribe(somebody.id, 'subscription-2', first);
    await run('rotate-vapid');
    const second = vapid.keyId;
    expect(second).not.toBe(first);
    expect(vapid.former?.map(({ keyId }) => keyId)).toEqual([first]);
    await run('drop-vapid');
    expect(vapid.former).toHaveLength(1);
    await client.expect(204, 'DELETE', '/v1/account');
    // Others of this file have the first key too.
    const others = (await run('accounts')).lines.filter((line) => / {2}(ok|paused) {2}/.test(line));
    for (const line of others)
      await host.services.store.delete({ pk: `A#${line.split(' ')[0]}`, sk: 'P#subscription-1' });
    await run('drop-vapid');
    expect(vapid.former).toEqual([]);
    expect(vapid.keyId).toBe(second);
  });

  it('wrap all data keys anew, under a service that runs', async () => {
    const { account: before } = await host.account();
    const running = host.services;
    expect((await run('rotate-keys')).isGood).toBe(true);
    const after = await getAccount(running.store, before.id);
    if (after === undefined) throw new Error('the account is gone');
    expect(after.wrappedKey).not.toBe(before.wrappedKey);
    expect(after.sealedCredentials).toBe(before.sealedCredentials);
    expect(await openCredentials(running, after)).toEqual(await openCredentials(running, before));
    // The second rotation forgets what the first one left.
    await run('rotate-keys');
    const last = await getAccount(running.store, before.id);
    if (last === undefined) throw new Error('the account is gone');
    expect(await openCredentials(running, last)).toEqual({ password: 'correct-horse' });
  });
});

describe('npm run admin', () => {
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coi-push-admin-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  function admin(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const root = new URL('../../..', import.meta.url).pathname;
    const env = { ...process.env, DATA_DIR: dataDir, PORT: '0' };
    return new Promise((resolve) => {
      const command = ['--import', 'tsx', 'functions/admin/main.ts', ...args];
      execFile(process.execPath, command, { cwd: root, env }, (error: ExecFileException | null, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
      );
    });
  }

  it('works on the data folder of a service that does not run', async () => {
    const { code, out } = await admin('invite', '2');
    expect([code, /^[\w-]{16}\n$/.test(out)]).toEqual([0, true]);
    expect((await admin('accounts')).out).toBe('0 accounts\n');
  });

  it('says how it is used, and what is wrong', async () => {
    const help = await admin('--help');
    for (const name of Object.keys(commands)) expect(help.err).toContain(`  ${name}`);
    expect(help.code).toBe(0);
    expect(await admin('dance')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no command "dance"'),
    });
    expect(await admin('pause')).toMatchObject({ code: 1, err: expect.stringContaining('by its id') });
    expect(await admin('--aws', '/nowhere.json', 'accounts')).toMatchObject({ code: 1 });
  });
});
