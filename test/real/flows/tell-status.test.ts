import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setAccountStatus } from '../../../shared/flows/accounts/account-status.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { retryPush } from '../../../shared/flows/push/retry-push.ts';
import { parsePushMessage } from '../../../shared/flows/queue-messages.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { findAccountByEmail, getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account, PendingWork, Subscription } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { signInBody } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { type ScriptedImap, startScriptedImap } from '../../support/scripted-imap.ts';
import { activeSubscription } from '../../support/watched-account.ts';

const refusal = '[AUTHENTICATIONFAILED] secret words of mail.example.test';

describe('a mailbox that refuses the password', () => {
  let host: ApiHost;
  let push: PushService;
  let server: ScriptedImap;
  let services: Services;
  /** What the next logins are answered with; `ok` when nothing is left. */
  let answers: ('no' | 'ok')[] = [];
  let logins = 0;

  beforeAll(async () => {
    push = await startPushService();
    server = await startScriptedImap({
      LOGIN(command) {
        logins += 1;
        if (answers.shift() === 'no') command.no(refusal);
        else command.send(`${command.tag} OK [CAPABILITY IMAP4rev1 IDLE] logged in`);
      },
    });
    host = await startApiHost({ ca: [server.ca, push.ca] });
    // The pause between two tries is over at once.
    services = { ...host.services, clock: { ...host.services.clock, sleep: async () => undefined } };
  });

  afterAll(async () => {
    await host.stop();
    await server.stop();
    await push.close();
  });

  async function account(...next: readonly ('no' | 'ok')[]): Promise<Account> {
    const { port, tls, user } = server.login;
    const made = await host.account({ imap: { host: '127.0.0.1', port, tls, user } });
    answers = [...next];
    logins = 0;
    return made.account;
  }

  async function deviceOf(of: Account, changes: Partial<Subscription> = {}): Promise<Device> {
    const device = push.newDevice();
    await activeSubscription(host, of, device, changes);
    return device;
  }

  const statusOf = async ({ id }: Account) => (await getAccount(services.store, id))?.status;

  async function pendingOf({ id }: Account): Promise<PendingWork[]> {
    const partition = partitionOf(id, services.store.partitions);
    const { pending } = await listPartition(services.store, partition, services.clock.now());
    return pending.filter(({ accountId }) => accountId === id);
  }

  const poll = (of: Account) => pollAccounts(services, [of.id]);

  /** A held connection until it is in, or its watch ends. */
  async function hold(of: Account): Promise<string> {
    services.lastChecks.delete(of.id);
    const stop = new AbortController();
    const onSettled = () => (services.lastChecks.has(of.id) ? stop.abort() : undefined);
    return watchAccount(services, of.id, stop.signal, { onSettled });
  }

  it.each([
    ['a poll', poll],
    ['a held connection', hold],
  ])('is not asked again after two tries of %s', async (_, look) => {
    const refused = await account('no', 'no');
    await look(refused);
    expect(await statusOf(refused)).toBe('login-refused');
    await look(refused);
    await poll(refused);
    expect(logins).toBe(2);
  });

  it.each([
    ['a poll', poll],
    ['a held connection', hold],
  ])('once, as servers under load do now and then, is asked again by %s', async (_, look) => {
    const refusedOnce = await account('no', 'ok');
    const device = await deviceOf(refusedOnce);
    await look(refusedOnce);
    expect([await statusOf(refusedOnce), logins]).toEqual(['ok', 2]);
    // And once more at the next look.
    answers = ['no', 'ok'];
    host.pass(60_000);
    await look(refusedOnce);
    expect([await statusOf(refusedOnce), logins]).toEqual(['ok', 4]);
    expect(device.pushes).toEqual([]);
  });

  it('is told to all devices once, however many workers find it', async () => {
    const refused = await account(...Array.from({ length: 20 }, () => 'no' as const));
    const chat = await deviceOf(refused);
    const mail = await deviceOf(refused, { msgtype: 'mail', content: 'none' });
    const pending = await deviceOf(refused, { state: 'pending' });
    await Promise.all([poll(refused), poll(refused), hold(refused), poll(refused)]);
    await poll(refused);
    expect(await statusOf(refused)).toBe('login-refused');
    expect([chat.pushes.length, mail.pushes.length, pending.pushes.length]).toEqual([1, 1, 0]);
    expect(await pendingOf(refused)).toEqual([]);
  });

  it('is told in the form of COI WebPush, with nothing of who and where, for a week', async () => {
    const refused = await account('no', 'no');
    const [one, two] = [await deviceOf(refused), await deviceOf(refused)];
    await poll(refused);
    const [first, second] = [await one.next(), await two.next()];
    expect(JSON.parse(first.payload.toString())).toEqual({
      'x-coi-push': { account: refused.id, kind: 'account', status: 'login-refused' },
    });
    expect(first.headers).toMatchObject({ ttl: '604800', urgency: 'normal' });
    expect(first.headers['topic']).toMatch(/^[\w-]{32}$/);
    // Push services that compare notes see no tie between the devices of an account.
    expect(second.headers['topic']).not.toBe(first.headers['topic']);
    expect(second.payload).toHaveLength(first.payload.length);
  });

  it('is told again when it happens again, under the topic that replaces the former', async () => {
    const refused = await account('no', 'no', 'no', 'no');
    const device = await deviceOf(refused);
    await poll(refused);
    const first = await device.next();
    await setAccountStatus(services, refused.id, 'ok');
    await poll(refused);
    const second = await device.next();
    expect(second.headers['topic']).toBe(first.headers['topic']);
    expect(device.pushes).toHaveLength(2);
  });

  it('is told later where a push service puts it off, by a reference without content', async () => {
    const refused = await account('no', 'no');
    const device = await deviceOf(refused);
    device.answer({ status: 429, headers: { 'retry-after': '30' } });
    await poll(refused);
    expect(device.pushes).toEqual([]);
    const [owed] = await pendingOf(refused);
    expect(owed).toMatchObject({ kind: 'push', status: 'login-refused', attempts: 1 });
    const bodies: unknown[] = [];
    const queues = {
      ...services.queues,
      send: async (_: string, body: object) => void bodies.push(body),
    };
    host.pass(41_000);
    await tick({ ...services, queues }, { isPolled: () => false });
    expect(bodies).toContainEqual({ accountId: refused.id, id: owed?.id });
    await retryPush(services, refused.id, owed?.id ?? '');
    expect(JSON.parse((await device.next()).payload.toString())).toMatchObject({
      'x-coi-push': { kind: 'account', status: 'login-refused' },
    });
    expect(await pendingOf(refused)).toEqual([]);
  });

  it('is told by the tick when the process ended before it could', async () => {
    const refused = await account('no', 'no');
    const device = await deviceOf(refused);
    const dying = { ...services.push, send: () => Promise.reject(new Error('the process ends')) };
    await pollAccounts({ ...services, push: dying }, [refused.id]);
    expect(await statusOf(refused)).toBe('login-refused');
    const [owed] = await pendingOf(refused);
    host.pass(60_000);
    await retryPush(services, refused.id, owed?.id ?? '');
    expect(device.pushes).toHaveLength(1);
  });

  it('is told no more once it is well again', async () => {
    const refused = await account('no', 'no');
    const device = await deviceOf(refused, { silentOk: true });
    device.answer({ status: 503 });
    await poll(refused);
    const [owed] = await pendingOf(refused);
    await setAccountStatus(services, refused.id, 'ok');
    // A device that was not told of the trouble need not hear that it is over.
    expect(await pendingOf(refused)).toEqual([]);
    host.pass(3_600_000);
    await retryPush(services, refused.id, owed?.id ?? '');
    expect(device.pushes).toEqual([]);
  });

  it('says nothing of a password that was stored while it was asked, and all of what else was changed', async () => {
    const refused = await account();
    const asked = await getAccount(services.store, refused.id);
    if (asked === undefined) throw new Error('no account');
    await updateAccount(services.store, { ...asked, displayName: 'Anna' });
    const renamed = await getAccount(services.store, refused.id);
    if (renamed === undefined) throw new Error('no account');
    const credentials = await sealCredentials(services, refused.id, { password: 'new' });
    await updateAccount(services.store, { ...renamed, ...credentials });
    await setAccountStatus(services, asked, 'login-refused');
    expect(await statusOf(refused)).toBe('ok');
    await updateAccount(services.store, { ...renamed, version: renamed.version + 1, displayName: 'Berta' });
    await setAccountStatus(services, renamed, 'login-refused');
    expect(await getAccount(services.store, refused.id)).toMatchObject({
      status: 'login-refused',
      displayName: 'Berta',
    });
  });

  it('stays paused where the operator paused it', async () => {
    const paused = await account('no', 'no');
    const stored = await getAccount(services.store, paused.id);
    if (stored === undefined) throw new Error('no account');
    await updateAccount(services.store, { ...stored, status: 'paused' });
    await poll(paused);
    expect(await hold(paused)).toBe('paused');
    expect(logins).toBe(0);
    for (const status of ['ok', 'login-refused', 'unreachable'] as const) {
      await setAccountStatus(services, stored, status);
      expect(await statusOf(paused)).toBe('paused');
    }
  });
});

describe.skipIf(!hasMailServers)('a mailbox that takes the password again', () => {
  let host: ApiHost;
  let push: PushService;
  const stop = new AbortController();
  let consuming: Promise<void>;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca], admit: '*' });
    const retry = async (body: unknown) => {
      const { accountId, id } = parsePushMessage(body);
      await retryPush(host.services, accountId, id);
    };
    consuming = host.services.queues.consume('push', retry, { signal: stop.signal });
  });

  afterAll(async () => {
    stop.abort();
    await consuming;
    await host.stop();
    await push.close();
  });

  it.each([
    ['a new sign-in', 'sign-in'],
    ['a new password', 'password'],
  ] as const)('is told after %s to devices that take silent pushes, and watched again', async (_, by) => {
    const email = sharedMail().newAddress('anna');
    const { password } = sharedMail();
    const signIn = () => host.nobody.expect(201, 'POST', '/v1/sessions', signInBody(sharedMail(), email));
    const { token } = await signIn();
    const client = new ContractClient(host.api, String(token));
    const makeWell = async () => {
      if (by === 'sign-in') expect(await signIn()).toMatchObject({ account: { status: 'ok' } });
      else await client.expect(200, 'PUT', '/v1/account/credentials', { password });
    };
    const account = await findAccountByEmail(host.services.store, email);
    if (account === undefined) throw new Error('no account');
    // Changed at the mail server.
    const credentials = await sealCredentials(host.services, account.id, { password: 'of yesterday' });
    await updateAccount(host.services.store, { ...account, ...credentials });
    const silent = push.newDevice();
    const visible = push.newDevice();
    await activeSubscription(host, account, silent, { silentOk: true });
    await activeSubscription(host, account, visible);
    await pollAccounts(host.services, [account.id]);
    await Promise.all([silent.next(), visible.next()]);
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({
      status: 'login-refused',
      watch: { mode: 'paused' },
    });
    await makeWell();
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({
      status: 'ok',
      watch: { mode: 'idle' },
    });
    expect(JSON.parse((await silent.next()).payload.toString())).toEqual({
      'x-coi-push': { account: account.id, kind: 'account', status: 'ok' },
    });
    await makeWell();
    await pollAccounts(host.services, [account.id]);
    expect(host.services.lastChecks.has(account.id)).toBe(true);
    const { store, clock } = host.services;
    await eventually('nothing that is owed', async () => {
      const { pending } = await listPartition(store, partitionOf(account.id, store.partitions), clock.now());
      return pending.length === 0 ? true : undefined;
    });
    expect([silent.pushes.length, visible.pushes.length]).toEqual([2, 1]);
  });
});
