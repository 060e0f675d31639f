import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../shared/core/clock.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { limits } from '../../../shared/core/limits.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { findDeadWorkers } from '../../../shared/flows/watch/find-dead-workers.ts';
import { type HoldEnd, holdPartitions } from '../../../shared/flows/watch/hold-partitions.ts';
import { lookAnew } from '../../../shared/flows/watch/look-anew.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { Watchers } from '../../../shared/flows/watch/watchers.ts';
import { openConnections } from '../../../shared/net/connect.ts';
import { getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account, Watch, Worker } from '../../../shared/store/items.ts';
import { partitionOf } from '../../../shared/store/keys.ts';
import { getLease, takeLease } from '../../../shared/store/lease.ts';
import { deleteWatch, moveLastActivity } from '../../../shared/store/watch.ts';
import {
  assignPartitions,
  createWorker,
  deleteWorker,
  getWorker,
  noteWorkerDead,
} from '../../../shared/store/worker.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { chatMail } from '../../support/chat-mail.ts';
import { eventually } from '../../support/eventually.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { pushedIds } from '../../support/subscribe.ts';
import { activeSubscription, mailboxAccount, watchOf } from '../../support/watched-account.ts';

/** Runs ten times as fast, so that signs of life and looks come often. */
function fastClock(): Clock {
  const startedAt = Date.now();
  return {
    now: () => startedAt + (Date.now() - startedAt) * 10,
    sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
  };
}

describe.skipIf(!hasMailServers)('a worker that holds connections', () => {
  let host: ApiHost;
  let push: PushService;
  let services: Services;
  let account: Account;
  let device: Device;
  let partition: number;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
    services = { ...host.services, clock: fastClock() };
    account = await mailboxAccount(host, sharedMail());
    partition = partitionOf(account.id, services.store.partitions);
    device = push.newDevice();
    await activeSubscription(host, account, device);
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  async function announce(changes: Partial<Worker> = {}): Promise<string> {
    const id = randomUUID();
    await createWorker(services.store, {
      id,
      state: 'starting',
      instance: undefined,
      capacity: 900,
      sessions: 0,
      partitions: [partition],
      version: 1,
      aliveUntil: services.clock.now() + limits.workerStartMs,
      drainsAt: undefined,
      ...changes,
    });
    return id;
  }

  function run(
    workerId: string,
    isPolled: (watch: Watch) => boolean = () => false,
    memoryUse: () => number = () => 0,
  ) {
    const drain = new AbortController();
    const close = new AbortController();
    const ended: Promise<HoldEnd> = holdPartitions(services, {
      workerId,
      instance: randomUUID(),
      capacity: limits.workerSessions,
      memoryUse,
      connections: new Watchers(services),
      drainsAt: undefined,
      isPolled,
      drain: drain.signal,
      close: close.signal,
    });
    return { workerId, drain, close, ended };
  }

  const heldBy = (workerId: string) =>
    eventually(`the partition to be held by ${workerId}`, async () =>
      (await getLease(services.store, partition))?.workerId === workerId ? true : undefined,
    );

  const deliver = (id: string) =>
    sharedMail().deliver(
      account.email,
      chatMail({ from: 'bob@example.test', to: account.email, text: id, messageId: id }),
    );

  const pushed = (ids: readonly string[]) =>
    eventually('the pushes', () => (ids.every((id) => pushedIds(device).includes(id)) ? true : undefined));

  it('takes the partitions it is told to, watches their accounts, and gives all back at its end', async () => {
    const worker = run(await announce());
    await heldBy(worker.workerId);
    await deliver('<chat$held@x.test>');
    await pushed(['<chat$held@x.test>']);
    worker.close.abort();
    expect(await worker.ended).toBe('closed');
    expect(openConnections()).toBe(0);
    expect(await getLease(services.store, partition)).toMatchObject({ workerId: undefined });
    expect(await getWorker(services.store, worker.workerId)).toBeUndefined();
  });

  it('hands over to its successor while mails come: each is told of, twice only what was under way', async () => {
    const first = run(await announce());
    await heldBy(first.workerId);
    const ids = Array.from({ length: 30 }, (_, i) => `<chat$handed-over.${i}@x.test>`);
    const delivering = (async () => {
      for (const id of ids) await deliver(id);
    })();
    first.drain.abort();
    const second = run(await announce());
    expect(await first.ended).toBe('handed-over');
    await heldBy(second.workerId);
    await delivering;
    await pushed(ids);
    second.close.abort();
    await second.ended;
    const told = pushedIds(device).filter((id) => ids.includes(id));
    expect([...new Set(told)].toSorted()).toEqual([...ids].toSorted());
    // The batch that the first one had pushed and could not acknowledge any more.
    expect(told.length - ids.length).toBeLessThanOrEqual(limits.fetchBatch);
    expect(openConnections()).toBe(0);
  });

  it('is one process: another one that was started for it ends at once', async () => {
    const worker = run(await announce());
    await heldBy(worker.workerId);
    expect(await run(worker.workerId).ended).toBe('not-mine');
    expect(await run('never-announced').ended).toBe('not-mine');
    worker.close.abort();
    await worker.ended;
  });

  it('takes nothing from a living worker that is told to hold the same', async () => {
    const first = run(await announce());
    await heldBy(first.workerId);
    const generation = (await getLease(services.store, partition))?.generation;
    const second = run(await announce());
    // It is alive and told so: whoever looks sees that it asked, and got nothing.
    await eventually('signs of life of both', async () => {
      const [one, two] = await Promise.all(
        [first, second].map(({ workerId }) => getWorker(services.store, workerId)),
      );
      return one?.sessions === 1 && two?.state === 'running' ? true : undefined;
    });
    expect(await getLease(services.store, partition)).toMatchObject({ workerId: first.workerId, generation });
    first.close.abort();
    await first.ended;
    // Now it may.
    await heldBy(second.workerId);
    second.close.abort();
    await second.ended;
  });

  it('takes over from one that died without a word', async () => {
    const dead = await announce({
      state: 'running',
      instance: 'gone',
      aliveUntil: services.clock.now() - 60_000,
    });
    await findDeadWorkers(services);
    await takeLease(services.store, partition, await getLease(services.store, partition), dead);
    const worker = run(await announce());
    await heldBy(worker.workerId);
    worker.close.abort();
    await worker.ended;
  });

  it('that was taken for dead wrongly keeps its connections until another has made them too, and lives on', async () => {
    const first = run(await announce());
    await heldBy(first.workerId);
    await eventually('it to be noted as dead between two signs of life', async () => {
      const row = await getWorker(services.store, first.workerId);
      const noted = row && (await noteWorkerDead(services.store, row, services.clock.now()));
      return noted === 'noted' ? true : undefined;
    });
    await eventually('its next sign of life', async () =>
      (await getWorker(services.store, first.workerId))?.state === 'running' ? true : undefined,
    );
    expect(openConnections()).toBe(1);
    const second = run(await announce());
    await heldBy(second.workerId);
    await eventually('it to let go', async () =>
      (await connections(first.workerId)) === 0 ? true : undefined,
    );
    expect(openConnections()).toBe(1);
    for (const worker of [first, second]) worker.close.abort();
    await Promise.all([first.ended, second.ended]);
    expect(openConnections()).toBe(0);
  });

  it('ends when its row is gone, as that of one long dead', async () => {
    const worker = run(await announce());
    await heldBy(worker.workerId);
    const row = await getWorker(services.store, worker.workerId);
    await deleteWorker(services.store, worker.workerId, row?.instance ?? '');
    expect(await worker.ended).toBe('replaced');
    expect(openConnections()).toBe(0);
  });

  it('whose memory is full takes nothing up, and tells so', async () => {
    let use = 0.9;
    const worker = run(await announce(), undefined, () => use);
    await eventually('it to tell', async () =>
      (await getWorker(services.store, worker.workerId))?.capacity === 0 ? true : undefined,
    );
    expect(openConnections()).toBe(0);
    use = 0.5;
    await heldBy(worker.workerId);
    worker.close.abort();
    await worker.ended;
  });

  it('lets go of a partition that another one took while it seemed dead', async () => {
    const worker = run(await announce());
    await heldBy(worker.workerId);
    await takeLease(services.store, partition, await getLease(services.store, partition), 'another');
    await eventually('it to let go', async () =>
      (await connections(worker.workerId)) === 0 ? true : undefined,
    );
    expect(await getLease(services.store, partition)).toMatchObject({ workerId: 'another' });
    worker.close.abort();
    await worker.ended;
  });

  it('follows accounts that come, and those that are to be polled from now on', async () => {
    const polled = new Set<string>();
    const partitions = Array.from({ length: services.store.partitions }, (_, each) => each);
    const worker = run(await announce({ partitions }), ({ accountId }) => polled.has(accountId));
    await eventually('one connection', async () =>
      (await connections(worker.workerId)) === 1 ? true : undefined,
    );
    const other = await mailboxAccount(host, sharedMail());
    await eventually('a second one', async () =>
      (await connections(worker.workerId)) === 2 ? true : undefined,
    );
    polled.add(account.id);
    await eventually('one less', async () => ((await connections(worker.workerId)) === 1 ? true : undefined));
    polled.add(other.id);
    await eventually('none', async () => ((await connections(worker.workerId)) === 0 ? true : undefined));
    worker.close.abort();
    await worker.ended;
  });

  it('lets go of a mailbox that was silent for two days, and takes it up when its user is there again', async () => {
    const { store, clock } = services;
    const silent = await mailboxAccount(host, sharedMail());
    const { client } = await host.device(silent);
    const partitions = [partitionOf(silent.id, store.partitions)];
    const worker = run(
      await announce({ partitions }),
      (watch) => watch.accountId !== silent.id || isPolled(watch, 'auto', 'idle-while-active', clock.now()),
    );
    const sessions = (count: number) =>
      eventually(`${count} connections`, async () =>
        (await connections(worker.workerId)) === count ? true : undefined,
      );
    await sessions(1);
    const { lastActivityAt } = await watchOf(host, silent);
    await moveLastActivity(store, silent.id, lastActivityAt, lastActivityAt - 49 * 3_600_000);
    await sessions(0);
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ status: 'ok' });
    await sessions(1);
    const own = push.newDevice();
    await activeSubscription(host, silent, own);
    const mail = { from: 'bob@example.test', to: silent.email, text: 'hi', messageId: '<chat$back@x.test>' };
    await sharedMail().deliver(silent.email, chatMail(mail));
    expect(JSON.parse((await own.next()).payload.toString())).toMatchObject({ 'msg-id': mail.messageId });
    await deleteWatch(store, silent.id);
    worker.close.abort();
    await worker.ended;
    expect(openConnections()).toBe(0);
  });

  it('looks anew at an account that was changed: its owner signed in again, or chose something else', async () => {
    const worker = run(await announce());
    await heldBy(worker.workerId);
    const renewed = await mailboxAccount(host, sharedMail(), { password: 'wrong' });
    const partitions = Array.from({ length: services.store.partitions }, (_, each) => each);
    const row = await getWorker(services.store, worker.workerId);
    if (row === undefined) throw new Error('no worker');
    await assignPartitions(services.store, row, partitions);
    const statusOf = async () => (await getAccount(services.store, renewed.id))?.status;
    await eventually('a refused login', async () =>
      (await statusOf()) === 'login-refused' ? true : undefined,
    );
    const stored = await getAccount(services.store, renewed.id);
    if (stored === undefined) throw new Error('no account');
    const credentials = await sealCredentials(services, renewed.id, { password: sharedMail().password });
    await updateAccount(services.store, { ...stored, ...credentials, status: 'ok' });
    await lookAnew(services, renewed.id);
    await eventually('both connections', async () =>
      (await connections(worker.workerId)) === 2 ? true : undefined,
    );
    await lookAnew(services, account.id);
    await deliver('<chat$anew@x.test>');
    await pushed(['<chat$anew@x.test>']);
    worker.close.abort();
    await worker.ended;
    expect(openConnections()).toBe(0);
  });

  async function connections(workerId: string): Promise<number | undefined> {
    return (await getWorker(services.store, workerId))?.sessions;
  }
});
