import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../../functions/api/app.ts';
import { startWork } from '../../../functions/local/work.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { openConnections } from '../../../shared/net/connect.ts';
import { findAccountByEmail, getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account, AccountStatus } from '../../../shared/store/items.ts';
import { moveLastActivity } from '../../../shared/store/watch.ts';
import { signInBody } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

const hour = 3_600_000;
const path = '/v1/account';

async function silentSince(host: ApiHost, account: Account, ms: number): Promise<void> {
  const { lastActivityAt } = await watchOf(host, account);
  const at = host.services.clock.now() - ms;
  await moveLastActivity(host.services.store, account.id, lastActivityAt, at);
}

async function setStatus({ services }: ApiHost, { id }: Account, status: AccountStatus): Promise<void> {
  const stored = await getAccount(services.store, id);
  if (stored === undefined) throw new Error('no account');
  await updateAccount(services.store, { ...stored, status });
}

describe('a call of a device', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  async function silent() {
    const { account, client } = await host.account();
    await silentSince(host, account, 72 * hour);
    host.parts.take();
    return { account, client };
  }

  const isSilent = async (account: Account) =>
    host.services.clock.now() - (await watchOf(host, account)).lastActivityAt > hour;

  it('is activity of its account: one write, and none for the calls after it', async () => {
    const { account, client } = await silent();
    expect(await client.expect(200, 'GET', path)).toMatchObject({ watch: { mode: 'poll' } });
    expect(host.parts.take().write).toBe(1);
    expect(await isSilent(account)).toBe(false);
    host.parts.take();
    expect(await client.expect(200, 'GET', path)).toMatchObject({
      lastMessageAt: null,
      watch: { mode: 'idle' },
    });
    expect(host.parts.take().write).toBe(0);
  });

  it('is none without a token, with a wrong one, or when it fails', async () => {
    const { account, client } = await silent();
    await host.nobody.expect(401, 'GET', path);
    const [accountId, sessionId] = String(client.token).split('.');
    const forged = new ContractClient(host.api, `${accountId}.${sessionId}.${'A'.repeat(43)}`);
    await forged.expect(401, 'GET', path);
    await client.expect(404, 'GET', '/v1/conversations/none');
    await client.expect(400, 'PATCH', path, { watch: 'serverpush' });
    expect(host.parts.take().write).toBe(0);
    expect(await isSilent(account)).toBe(true);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    ['never ends', () => new Promise<void>(() => undefined)],
  ])('is answered when the note of it %s', async (_, send) => {
    const { client } = await silent();
    const api = createApi({
      services: {
        ...host.services,
        activeAccounts: new Map(),
        queues: { ...host.services.queues, send },
      },
      corsOrigins: [],
      publicUrl: undefined,
      addressOf: () => '192.0.2.1',
    });
    await new ContractClient(api, client.token).expect(200, 'GET', path);
  });
});

describe('how an account is watched, as its devices see it', () => {
  let host: ApiHost;
  beforeAll(async () => {
    host = await startApiHost();
  });
  afterAll(() => host.stop());

  it('follows PATCH, and a repeat of it changes nothing', async () => {
    const { client, account } = await host.account();
    for (const [watch, mode] of [
      ['poll', 'poll'],
      ['idle', 'idle'],
      ['auto', 'idle'],
    ] as const) {
      const changed = await client.expect(200, 'PATCH', path, { watch });
      expect(changed).toMatchObject({ settings: { watch }, watch: { mode } });
      expect((await watchOf(host, account)).mode).toBe(watch);
      host.parts.take();
      expect(await client.expect(200, 'PATCH', path, { watch })).toEqual(changed);
      expect(host.parts.take().write).toBe(0);
    }
  });

  it('completes a PATCH that broke off half-way', async () => {
    const { client, account } = await host.account();
    const settings = { ...account.settings, watch: 'poll' as const };
    await updateAccount(host.services.store, { ...account, version: 1, settings });
    expect(await client.expect(200, 'PATCH', path, { watch: 'poll' })).toMatchObject({
      watch: { mode: 'poll' },
    });
    expect((await watchOf(host, account)).mode).toBe('poll');
  });

  it('is left to a mail server that pushes, whatever is set', async () => {
    const { client, account } = await host.account({ serverPushKey: host.services.vapid.publicKey });
    expect(await client.expect(200, 'PATCH', path, { watch: 'idle' })).toMatchObject({
      settings: { watch: 'idle' },
      watch: { mode: 'serverpush' },
    });
    expect((await watchOf(host, account)).mode).toBe('serverpush');
  });

  it.each(['paused', 'login-refused'] as const)('is not at all while its status is %s', async (status) => {
    const { client, account } = await host.account();
    await setStatus(host, account, status);
    expect(await client.expect(200, 'GET', path)).toMatchObject({ status, watch: { mode: 'paused' } });
    await setStatus(host, account, 'ok');
    expect(await client.expect(200, 'GET', path)).toMatchObject({ status: 'ok', watch: { mode: 'idle' } });
  });
});

describe.skipIf(!hasMailServers)('one machine', () => {
  let host: ApiHost;
  let services: Services;
  let work: { stop(): Promise<void> };

  beforeAll(async () => {
    host = await startApiHost({
      ca: [sharedMail().ca],
      admit: '*',
      hostWatch: { setting: 'auto', autoMeans: 'idle' },
    });
    services = host.services;
    work = startWork(services, 'auto');
  });

  afterAll(async () => {
    await work?.stop();
    await host?.stop();
  });

  const connections = (count: number) =>
    eventually(`${count} connections`, () => (openConnections() === count ? true : undefined));

  it('drops and makes a connection at once when a device chooses so', async () => {
    const account = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(account);
    await client.expect(200, 'PATCH', path, { watch: 'idle' });
    await connections(1);
    await client.expect(200, 'PATCH', path, { watch: 'poll' });
    await connections(0);
    await client.expect(200, 'PATCH', path, { watch: 'auto' });
    await connections(1);
    await client.expect(204, 'DELETE', path);
    await connections(0);
  });

  it('asks nothing of a mailbox that is paused or refused the password, and all of it after a new sign-in', async () => {
    const email = sharedMail().newAddress('anna');
    const signIn = () => host.nobody.expect(201, 'POST', '/v1/sessions', signInBody(sharedMail(), email));
    const { token } = await signIn();
    await connections(1);
    const account = await findAccountByEmail(services.store, email);
    if (account === undefined) throw new Error('no account');
    const client = new ContractClient(host.api, String(token));
    for (const status of ['login-refused', 'paused'] as const) {
      await setStatus(host, account, status);
      // As a change of settings does: the account is looked at with what is stored of it.
      await client.expect(200, 'PATCH', path, { watch: status === 'paused' ? 'auto' : 'idle' });
      await connections(0);
      services.lastChecks.delete(account.id);
      await pollAccounts(services, [account.id]);
      expect(services.lastChecks.has(account.id)).toBe(false);
      expect(await signIn()).toMatchObject({
        account: status === 'paused' ? { status, watch: { mode: status } } : { status: 'ok' },
      });
      await connections(status === 'paused' ? 0 : 1);
    }
  });
});

describe('the time for which a user counts as there', () => {
  it('is longer than the pause between two notes of it, so that who is there is not demoted', () => {
    const now = Date.UTC(2026, 10, 23);
    const lastActivityAt = now - 2 * limits.activityNotedMs;
    const watch = { mode: 'auto', lastActivityAt, trouble: undefined } as const;
    expect(isPolled(watch, 'auto', 'idle-while-active', now)).toBe(false);
  });
});
