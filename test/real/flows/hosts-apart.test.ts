import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWork } from '../../../functions/local/work.ts';
import type { EventName } from '../../../shared/core/events.ts';
import { inLanes } from '../../../shared/core/lanes.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { LogFields } from '../../../shared/core/log.ts';
import type { MetricName } from '../../../shared/core/metrics.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { type PollMessage, parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { isPollDue } from '../../../shared/flows/watch/due.ts';
import { lookAnew } from '../../../shared/flows/watch/look-anew.ts';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import { takePoll } from '../../../shared/flows/watch/take-poll.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { kmsKeyring } from '../../../shared/keyring/kms-keyring.ts';
import type { SendOptions } from '../../../shared/queue/queues.ts';
import { createAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { eventually } from '../../support/eventually.ts';
import { listen } from '../../support/listen.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { startScriptedImap } from '../../support/scripted-imap.ts';
import { startSmallAws } from '../../support/small-aws.ts';
import { exampleAccount } from '../../support/store-examples.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

let host: ApiHost;
let services: Services;
let logged: { event: EventName; fields: LogFields }[] = [];
let measured: { name: MetricName; value: number }[] = [];

beforeAll(async () => {
  host = await startApiHost({ ca: hasMailServers ? [sharedMail().ca] : [] });
  const note = (event: EventName, fields: LogFields = {}) => void logged.push({ event, fields });
  services = {
    ...host.services,
    log: { debug: note, info: note, warn: note, error: note },
    metrics: { add: (name, value) => void measured.push({ name, value }), flush: () => undefined },
  };
});
beforeEach(() => {
  logged = [];
  measured = [];
});
afterAll(() => host.stop());

const events = (name: EventName) => logged.filter(({ event }) => event === name).map(({ fields }) => fields);
const ids = (of: readonly Account[]) => of.map(({ id }) => id);

/** Accounts at a server that is named but never asked. */
async function accountsAt(name: string, count: number, port = 993): Promise<Account[]> {
  const made: Account[] = [];
  await inLanes(Array(count).keys(), 8, async (each) => {
    const id = `${name}-${port}-${each}-${Math.random()}`;
    const imap = { host: name, port, tls: 'implicit', user: 'alice' } as const;
    const sealed = await sealCredentials(services, id, { password: 'secret' });
    const account = exampleAccount({ id, imap, ...sealed });
    await createAccount(services.store, account);
    const watch = { accountId: id, host: name, mode: 'auto', lastActivityAt: services.clock.now() } as const;
    await putWatch(services.store, { ...watch, folders: {} });
    made.push(account);
  });
  return made;
}

/** Accepts connections, and never says a word. */
async function startTarpit() {
  const held = new Set<Socket>();
  const server: Server = createServer((socket) => {
    held.add(socket.resume().on('error', () => undefined));
    socket.once('close', () => held.delete(socket));
  });
  const port = await listen(server);
  return {
    port,
    held,
    async stop() {
      for (const socket of held) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Told of each account as its check is completed. */
class Checks extends Map<string, number> {
  readonly #wanted: number;
  readonly #events = new EventEmitter();
  readonly all = once(this.#events, 'all');

  constructor(wanted: number) {
    super();
    this.#wanted = wanted;
  }

  override set(accountId: string, at: number): this {
    super.set(accountId, at);
    if (this.size === this.#wanted) this.#events.emit('all');
    return this;
  }
}

describe.skipIf(!hasMailServers)('a host that never answers', () => {
  it('holds up nobody else: all others are checked while its first accounts still wait', async () => {
    const tarpit = await startTarpit();
    const stuck = await accountsAt('127.0.0.1', 200, tarpit.port);
    const good: Account[] = [];
    for (let each = 0; each < 20; each++) good.push(await mailboxAccount(host, sharedMail()));
    const lastChecks = new Checks(good.length);
    const stop = new AbortController();
    const polling = pollAccounts({ ...services, lastChecks }, ids([...stuck, ...good]), {
      signal: stop.signal,
    });
    const ended = expect(polling).rejects.toThrow('out of time');

    await lastChecks.all;
    expect([...lastChecks.keys()].sort()).toEqual(ids(good).sort());
    expect(tarpit.held.size).toBeGreaterThan(0);
    expect(events('watch-interrupted')).toEqual([]);

    stop.abort();
    await tarpit.stop();
    await ended;
    expect(lastChecks.size).toBe(good.length);
  });
});

describe('a mailbox that takes too long', () => {
  it('is given up, with its connection, and counts as one that was not reached', async () => {
    const server = await startScriptedImap({ EXAMINE: () => undefined });
    const [account] = await accountsAt('127.0.0.1', 1, server.login.port);
    if (account === undefined) throw new Error('no account');
    const trusting = { ...services, trust: server.network.trust };
    const closed = server.next('EXAMINE').then(({ socket }) => once(socket, 'close'));
    await expect(
      checkAccount(trusting, account, await watchOf(host, account), { deadlineMs: 50 }),
    ).rejects.toMatchObject({ code: 'mail-host-unreachable' });
    await closed;
    await server.stop();
  });
});

type Sent = { readonly message: PollMessage; readonly options: SendOptions | undefined };

/** One tick for these accounts alone, with so many messages in the queue; what it sends. */
async function ticked(of: readonly Account[], waiting: () => Promise<number>, ticks = 1) {
  const sent: Sent[] = [];
  const send = async (_: string, body: unknown, options?: SendOptions) => {
    const message = parsePollMessage(body);
    // Of other tests' accounts, which count as held.
    if (message.isSample !== true) sent.push({ message, options });
  };
  const queues = Object.assign(Object.create(services.queues), { send, waiting });
  const wanted = new Set(ids(of));
  const report = await tick(
    { ...services, queues },
    { isPolled: ({ accountId }) => wanted.has(accountId), ticks },
  );
  return { sent, report };
}

const nothing = async () => 0;

describe('the minute tick', () => {
  it('has messages of its own for a host with many accounts, which SQS keeps apart by a name that tells nothing', async () => {
    const many = await accountsAt('imap.many.test', limits.pollSharedHost + 1);
    const few = [...(await accountsAt('imap.few.test', 2)), ...(await accountsAt('imap.other.test', 2))];
    const { sent } = await ticked([...many, ...few], nothing);
    expect(sent.map(({ message }) => [...message.accountIds].sort())).toEqual([
      ids(few).sort(),
      ids(many).sort(),
    ]);
    const [shared, own] = sent.map(({ options }) => options?.group);
    expect(own).toMatch(/^[\w-]{22}$/);
    expect(shared).toBeUndefined();
  });

  it('says in each message when it was asked for, and by what the intervals were stretched', async () => {
    const accounts = await accountsAt('imap.one.test', 2);
    const before = services.clock.now();
    const { sent, report } = await ticked(accounts, nothing);
    expect(sent[0]?.message.scheduled?.stretch).toBe(1);
    expect(sent[0]?.message.scheduled?.at).toBeGreaterThanOrEqual(before);
    expect(report).toMatchObject({ polls: 2, stretch: 1 });
  });

  it('asks for fewer while more waits than is done, of everybody in his turn, and for all again afterwards', async () => {
    const accounts = await accountsAt('imap.behind.test', 60);
    const behind = await ticked(accounts, async () => 2);
    expect(behind.report.stretch).toBe(4);
    const at = behind.sent[0]?.message.scheduled?.at ?? 0;
    const asked = behind.sent.flatMap(({ message }) => message.accountIds);
    expect([...asked].sort()).toEqual(
      ids(accounts)
        .filter((id) => isPollDue(id, at, at, 4))
        .sort(),
    );
    expect((await ticked(accounts, nothing)).report).toMatchObject({ polls: 60, stretch: 1 });
  });

  it('asks for all when it cannot learn how many wait', async () => {
    const accounts = await accountsAt('imap.blind.test', 5);
    const { report } = await ticked(accounts, () => Promise.reject(new Error('away')));
    expect(report).toMatchObject({ polls: 5, stretch: 1 });
    expect(events('polls-not-counted')).toHaveLength(1);
  });

  it('asks a host for no more logins than its provider takes from us', async () => {
    const accounts = await accountsAt('imap.slow.test', 40);
    const sent: string[] = [];
    const send = async (_: string, body: unknown) => {
      const { accountIds, isSample } = parsePollMessage(body);
      if (isSample !== true) sent.push(...accountIds);
    };
    const queues = Object.assign(Object.create(services.queues), { send, waiting: nothing });
    const wanted = new Set(ids(accounts));
    const report = await tick(
      { ...services, queues },
      { isPolled: ({ accountId }) => wanted.has(accountId), loginsPerMinute: () => 10 },
    );
    expect(report.stretch).toBe(1);
    expect(sent.length).toBeLessThan(25);
    expect(sent.length).toBe(report.polls);
  });

  it('writes nothing', async () => {
    const accounts = await accountsAt('imap.read.test', 3);
    host.parts.take();
    await ticked(accounts, async () => 5);
    expect(host.parts.take().write).toBe(0);
  });
});

describe('a poll message', () => {
  /** An account whose server is known by what it was asked. */
  async function asked() {
    const server = await startScriptedImap();
    const [account] = await accountsAt('127.0.0.1', 1, server.login.port);
    if (account === undefined) throw new Error('no account');
    const trusting = { ...services, trust: server.network.trust };
    return {
      account,
      take: (message: object) => takePoll(trusting, { accountIds: [account.id], ...message }),
      logins: () => server.commands.filter((command) => command.startsWith('LOGIN')).length,
      stop: () => server.stop(),
    };
  }
  const minute = 60_000;
  const scheduled = (minutes: number, stretch: number) => ({
    scheduled: { at: services.clock.now() - minutes * minute, stretch },
  });

  it('of a tick that is more than two minutes old is dropped, and said so', async () => {
    const { take, logins, stop } = await asked();
    await take(scheduled(2.1, 1));
    expect(logins()).toBe(0);
    expect(events('poll-dropped')).toEqual([{ polls: 1, ms: expect.any(Number) }]);
    expect(measured).toContainEqual({ name: 'DroppedPolls', value: 1 });
    await stop();
  });

  it.each([
    [1.9, 1],
    [7.9, 4],
  ])('that is %f minutes old is of use where intervals were stretched by %i', async (minutes, stretch) => {
    const { take, logins, stop } = await asked();
    await take(scheduled(minutes, stretch));
    expect(logins()).toBe(1);
    await stop();
  });

  it('that somebody waits for is never dropped: after a sign-in, or a new password', async () => {
    const { account, take, logins, stop } = await asked();
    const sent: object[] = [];
    const send = async (_: string, body: object) => void sent.push(body);
    const queues = Object.assign(Object.create(services.queues), { send });
    await lookAnew({ ...services, queues }, account.id);
    host.pass(60 * minute);
    for (const message of sent) await take(message);
    expect(logins()).toBe(1);
    expect(events('poll-dropped')).toEqual([]);
    await stop();
  });
});

describe('one process that does everything', () => {
  it('drops what came too late, and does what somebody waits for, as the functions do', async () => {
    const server = await startScriptedImap();
    const own = await startApiHost();
    const lastChecks = new Checks(1);
    const { log, metrics } = services;
    const alone: Services = { ...own.services, log, metrics, lastChecks, trust: server.network.trust };
    const now = alone.clock.now();
    // Not due by themselves while the test runs.
    const isQuiet = (id: string) => [0, 1, 2, 3].every((at) => !isPollDue(id, 0, now + at * 60_000));
    const quiet = Array.from({ length: 100 }, (_, each) => `quiet-${each}`).filter(isQuiet);
    const { host: name, port, tls } = server.login;
    const [late = '', asked = ''] = quiet;
    for (const id of [late, asked]) {
      const sealed = await sealCredentials(alone, id, { password: 'secret' });
      const imap = { host: name, port, tls, user: id };
      await createAccount(alone.store, exampleAccount({ id, imap, ...sealed }));
      const watch = { accountId: id, host: name, mode: 'poll', lastActivityAt: 0, folders: {} } as const;
      await putWatch(alone.store, watch);
    }
    await alone.queues.send('poll', { accountIds: [late], scheduled: { at: now - 180_000, stretch: 1 } });
    const work = startWork(alone, 'poll');
    await eventually('the late one', () => events('poll-dropped')[0]);
    await alone.queues.send('poll', { accountIds: [asked], at: now - 180_000 });
    await eventually('the other one', () => lastChecks.get(asked));
    expect(lastChecks.has(late)).toBe(false);
    await work.stop();
    await own.stop();
    await server.stop();
  });
});

describe('a poll with nothing new', () => {
  it('costs two reads an account, no write, and no call to KMS', async () => {
    const aws = await startSmallAws();
    const server = await startScriptedImap();
    const shared = new Map<number, string>();
    const keyring = kmsKeyring({
      ...aws.address,
      keyArn: 'arn:aws:kms:eu-west-1:1:key/test',
      sharedKeys: {
        partitionOf: () => 0,
        get: async (partition) => shared.get(partition),
        async keep(partition, wrapped) {
          shared.set(partition, shared.get(partition) ?? wrapped);
          return shared.get(partition) ?? wrapped;
        },
      },
    });
    const polling = { ...services, keyring, trust: server.network.trust };
    const accounts: Account[] = [];
    for (let each = 0; each < 10; each++) {
      const id = `kms-${each}`;
      const { host: name, port, tls, user } = server.login;
      const sealed = await sealCredentials(polling, id, { password: 'secret' });
      const { account } = await host.account({ id, imap: { host: name, port, tls, user }, ...sealed });
      await putWatch(services.store, {
        ...{ accountId: id, host: name, mode: 'auto', lastActivityAt: 1 },
        folders: { INBOX: { uidValidity: 7, uidNext: 1 } },
      });
      accounts.push(account);
    }
    await pollAccounts(polling, ids(accounts));
    const { kmsCalls } = aws.services;
    host.parts.take();
    await pollAccounts(polling, ids(accounts));
    expect(server.commands.filter((command) => command.startsWith('LOGIN'))).toHaveLength(20);
    expect(aws.services.kmsCalls - kmsCalls).toBe(0);
    expect(host.parts.take()).toEqual({ read: 20, write: 0 });
    await aws.close();
    await server.stop();
  });
});
