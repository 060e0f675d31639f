import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { noteActivity } from '../../../shared/flows/watch/note-activity.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import type { Account, WatchMode } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { moveLastActivity, putWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { watchOf } from '../../support/watched-account.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('noting that a user is there', () => {
  let host: ApiHost;
  /** Accounts of poll messages, in the order in which they were queued. */
  const polls: string[] = [];
  /** One process of several: each remembers for itself. */
  let process: () => Services;

  beforeAll(async () => {
    host = await startApiHost();
    const { queues } = host.services;
    const listening: Services['queues'] = {
      ...queues,
      async send(name, message, options) {
        if (name === 'poll') polls.push(...parsePollMessage(message).accountIds);
        await queues.send(name, message, options);
      },
    };
    process = () => ({ ...host.services, queues: listening, activeAccounts: new Map() });
  });

  afterAll(() => host.stop());

  /** An account in which nothing happened for so long. */
  async function silentFor(ms: number, mode: WatchMode = 'auto'): Promise<Account> {
    const { account } = await host.account();
    const { accountId, host: server, folders, lastActivityAt } = await watchOf(host, account);
    await putWatch(host.services.store, { accountId, host: server, mode, lastActivityAt, folders });
    await moveLastActivity(host.services.store, account.id, lastActivityAt, lastActivityAt - ms);
    polls.length = 0;
    host.parts.take();
    return account;
  }

  const lastActivityOf = async (account: Account) => (await watchOf(host, account)).lastActivityAt;

  it('writes once, and nothing for the calls after it, until ten minutes are over', async () => {
    const account = await silentFor(hour);
    const services = process();
    await noteActivity(services, account.id);
    expect(host.parts.take()).toEqual({ read: 1, write: 1 });
    const notedAt = await lastActivityOf(account);
    expect(services.clock.now() - notedAt).toBeLessThan(10 * minute);
    host.parts.take();
    await Promise.all(Array.from({ length: 20 }, () => noteActivity(services, account.id)));
    host.pass(9 * minute);
    await noteActivity(services, account.id);
    expect(host.parts.take()).toEqual({ read: 0, write: 0 });
    host.pass(2 * minute);
    await noteActivity(services, account.id);
    expect(host.parts.take().write).toBe(1);
    expect(await lastActivityOf(account)).toBeGreaterThan(notedAt);
  });

  it('writes nothing in a second process, and nothing where mail has just come', async () => {
    const account = await silentFor(hour);
    await noteActivity(process(), account.id);
    const notedAt = await lastActivityOf(account);
    host.parts.take();
    host.pass(minute);
    await noteActivity(process(), account.id);
    expect(host.parts.take().write).toBe(0);
    expect(await lastActivityOf(account)).toBe(notedAt);
  });

  it('never moves the last activity back, and moves it once when many processes are called at once', async () => {
    const account = await silentFor(72 * hour);
    await Promise.all(Array.from({ length: 10 }, () => noteActivity(process(), account.id)));
    expect(polls).toEqual([account.id]);
    const ahead = (await lastActivityOf(account)) + hour;
    await moveLastActivity(host.services.store, account.id, ahead - hour, ahead);
    await noteActivity(process(), account.id);
    expect(await lastActivityOf(account)).toBe(ahead);
  });

  it('has who was demoted polled at once, and held from the next look of a worker on', async () => {
    const account = await silentFor(49 * hour);
    const services = process();
    const { store, clock } = services;
    const isPolledNow = async () =>
      isPolled(await watchOf(host, account), 'auto', 'idle-while-active', clock.now());
    const loadOfPartition = async () => {
      const { loads } = await tick(services, {
        isPolled: (watch) =>
          watch.accountId !== account.id || isPolled(watch, 'auto', 'idle-while-active', clock.now()),
      });
      return loads[partitionOf(account.id, store.partitions)];
    };
    expect(await isPolledNow()).toBe(true);
    expect(await loadOfPartition()).toBe(0);
    polls.length = 0;
    await noteActivity(services, account.id);
    expect(polls).toEqual([account.id]);
    expect(await isPolledNow()).toBe(false);
    expect(await loadOfPartition()).toBe(1);
    host.pass(48 * hour + minute);
    expect(await isPolledNow()).toBe(true);
  });

  it.each([
    ['poll', 'auto', 'idle-while-active', hour, 1],
    ['serverpush', 'auto', 'idle-while-active', hour, 1],
    ['auto', 'poll', 'idle', hour, 1],
    // Polled each minute as it is.
    ['poll', 'auto', 'idle-while-active', 15 * minute, 0],
    // A connection waits for its mail.
    ['auto', 'auto', 'idle-while-active', 40 * hour, 0],
    ['auto', 'auto', 'idle', 1000 * hour, 0],
    ['idle', 'auto', 'idle-while-active', 1000 * hour, 0],
  ] as const)(
    'a mailbox watched by %s at a host with %s (%s), silent for %i ms: %i polls',
    async (mode, setting, autoMeans, silentMs, expected) => {
      const account = await silentFor(silentMs, mode);
      await noteActivity({ ...process(), hostWatch: { setting, autoMeans } }, account.id);
      expect(polls).toHaveLength(expected);
    },
  );

  it('makes no watch of an account that is gone', async () => {
    host.parts.take();
    await noteActivity(process(), 'gone');
    expect(host.parts.take().write).toBe(0);
  });

  it('remembers no more accounts than it may, the latest ones', async () => {
    const account = await silentFor(hour);
    const services = process();
    for (let other = 0; other < limits.activeAccounts; other++)
      services.activeAccounts.set(`other-${other}`, services.clock.now());
    await noteActivity(services, account.id);
    expect(services.activeAccounts.size).toBe(limits.activeAccounts);
    expect(services.activeAccounts.has(account.id)).toBe(true);
    expect(services.activeAccounts.has('other-0')).toBe(false);
    expect(services.activeAccounts.has('other-1')).toBe(true);
  });

  it('fails in silence, and then leaves it to the next call and to the tick', async () => {
    const account = await silentFor(72 * hour);
    const services = process();
    const away = {
      ...services,
      queues: { ...services.queues, send: () => Promise.reject(new Error('away')) },
    };
    await noteActivity(away, account.id);
    expect(services.activeAccounts.has(account.id)).toBe(false);
  });
});
