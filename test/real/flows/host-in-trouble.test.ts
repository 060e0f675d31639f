import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventName } from '../../../shared/core/events.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { LogFields } from '../../../shared/core/log.ts';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import { connectionPlaces, openMailbox } from '../../../shared/flows/mailbox/open-mailbox.ts';
import { parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { HostCircuits, HostShut } from '../../../shared/flows/watch/host-circuits.ts';
import { pollAccounts } from '../../../shared/flows/watch/poll-accounts.ts';
import { tick } from '../../../shared/flows/watch/tick.ts';
import { watchAccount } from '../../../shared/flows/watch/watch-account.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { createAddressGuard } from '../../../shared/net/address-guard.ts';
import { trustStore } from '../../../shared/net/trust-store.ts';
import { getAccount } from '../../../shared/store/account.ts';
import { deleteHostCircuit, listHostCircuits } from '../../../shared/store/host-circuit.ts';
import type { Account } from '../../../shared/store/items.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import {
  type Script,
  type ScriptedImap,
  startScriptedImap,
  strictHost,
} from '../../support/scripted-imap.ts';
import { mailboxAccount, watchOf } from '../../support/watched-account.ts';

let host: ApiHost;
let time: HandClock;
/** One process of the service: what it knows of hosts is its own, the table is everybody's. */
let services: Services;
const logged: { event: EventName; fields: LogFields }[] = [];
const servers: ScriptedImap[] = [];

beforeAll(async () => {
  host = await startApiHost();
});
afterAll(() => host.stop());

beforeEach(() => {
  time = handClock();
  logged.length = 0;
  services = process();
});
afterEach(async () => {
  for (const circuit of await listHostCircuits(host.services.store, time.clock.now()))
    await deleteHostCircuit(host.services.store, circuit);
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function process(): Services {
  const note = (event: EventName, fields: LogFields = {}) => void logged.push({ event, fields });
  const log = { debug: note, info: note, warn: note, error: note };
  const { store, metrics } = host.services;
  return {
    ...host.services,
    clock: time.clock,
    log,
    guard: createAddressGuard({
      allowPrivateHosts: ['127.0.0.0/8'],
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    }),
    trust: trustStore([...servers.map(({ ca }) => ca), ...(hasMailServers ? [sharedMail().ca] : [])]),
    circuits: new HostCircuits({ clock: time.clock, log, metrics, store }),
    connections: connectionPlaces(),
  };
}

const events = (name: EventName) => logged.filter(({ event }) => event === name).map(({ fields }) => fields);

/** A mail server, that of the following processes too. */
async function serve(script: Script): Promise<ScriptedImap> {
  const server = await startScriptedImap({ ID: (command) => command.ok(), ...script });
  servers.push(server);
  services = process();
  return server;
}

/** A mail server that breaks off at once while it is dead. */
async function mortal(): Promise<{
  server: ScriptedImap;
  state: { isDead: boolean };
  connections: () => number;
}> {
  const state = { isDead: true };
  const server = await serve({
    GREETING: ({ socket, send }) => {
      if (state.isDead) socket.destroy();
      else send('* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready');
    },
  });
  return {
    server,
    state,
    connections: () => server.commands.filter((command) => command === 'GREETING').length,
  };
}

async function accountAt({ login }: ScriptedImap): Promise<Account> {
  const imap = { host: strictHost, port: login.port, tls: login.tls, user: 'alice' };
  const id = `trouble-${accounts++}`;
  const { account } = await host.account({ id, imap, ...(await credentials(id)) });
  await putWatch(host.services.store, {
    accountId: id,
    host: strictHost,
    mode: 'auto',
    lastActivityAt: time.clock.now(),
    folders: {},
  });
  return account;
}
let accounts = 0;
const credentials = (id: string) => sealCredentials(host.services, id, { password: 'secret' });

async function accountsAt(server: ScriptedImap, count: number): Promise<Account[]> {
  const made: Account[] = [];
  for (let index = 0; index < count; index++) made.push(await accountAt(server));
  return made;
}
const ids = (of: readonly Account[]) => of.map(({ id }) => id);
const circuits = () => listHostCircuits(host.services.store, time.clock.now());

/** Whom one tick has polled. */
async function polledBy(of: Services): Promise<string[]> {
  const polled: string[] = [];
  const queues = {
    ...of.queues,
    send: async (_: string, body: unknown) => void polled.push(...parsePollMessage(body).accountIds),
  };
  await tick({ ...of, queues: Object.assign(Object.create(of.queues), queues) }, { isPolled: () => true });
  return polled;
}

describe('a mail server that is dead', () => {
  it('is left alone by all processes after twenty failures, found well by one, and asked again by all', async () => {
    const { server, state, connections } = await mortal();
    const other = process();
    const all = await accountsAt(server, 34);
    await pollAccounts(services, ids(all));
    // Those that were on their way at the twentieth failure are let be.
    expect(connections()).toBeGreaterThanOrEqual(limits.hostAttempts);
    expect(connections()).toBeLessThan(limits.hostAttempts + limits.loginsPerHost);
    expect(await circuits()).toMatchObject([{ host: strictHost, openings: 1 }]);
    expect(events('host-circuit-opened')).toMatchObject([{ openings: 1 }]);
    expect(JSON.stringify(logged)).not.toContain(strictHost);

    const atOpening = connections();
    await pollAccounts(other, ids(all));
    expect(connections()).toBe(atOpening);
    expect(await polledBy(services)).not.toContainEqual(expect.stringMatching(/^trouble-/));

    // Its time is over, and it is still dead: one connection finds that out, whoever asks, and it is shut for longer.
    const [first] = await circuits();
    time.pass((first?.shutUntil ?? 0) - time.clock.now());
    expect((await polledBy(services)).filter((id) => ids(all).includes(id))).toHaveLength(1);
    await Promise.all([pollAccounts(services, ids(all)), pollAccounts(other, ids(all))]);
    expect(connections()).toBe(atOpening + 1);
    expect(await circuits()).toMatchObject([{ openings: 2 }]);

    state.isDead = false;
    const [second] = await circuits();
    time.pass((second?.shutUntil ?? 0) - time.clock.now());
    await pollAccounts(other, ids(all).slice(0, 1));
    expect(connections()).toBe(atOpening + 2);
    expect(await circuits()).toEqual([]);
    expect(events('host-circuit-closed')).toMatchObject([{ openings: 2 }]);
    time.pass(limits.hostLookMs);
    await pollAccounts(services, ids(all));
    expect(connections()).toBe(atOpening + 2 + all.length);
  });

  it.skipIf(!hasMailServers)('keeps nobody from another one', async () => {
    const { server } = await mortal();
    const all = await accountsAt(server, 30);
    const well = await mailboxAccount(host, sharedMail());
    await pollAccounts(services, [...ids(all), well.id]);
    expect(await circuits()).toHaveLength(1);
    services.lastChecks.delete(well.id);
    await pollAccounts(services, [...ids(all), well.id]);
    expect(services.lastChecks.has(well.id)).toBe(true);
  });

  it('costs its accounts nothing while it is left alone', async () => {
    const { server } = await mortal();
    const all = await accountsAt(server, 30);
    await pollAccounts(services, ids(all));
    const before = await Promise.all(all.map((account) => watchOf(host, account)));
    host.parts.take();
    await pollAccounts(services, ids(all));
    expect(host.parts.take().write).toBe(0);
    expect(await Promise.all(all.map((account) => watchOf(host, account)))).toEqual(before);
  });

  it('tells a request at once when to come again', async () => {
    const { server, connections } = await mortal();
    const all = await accountsAt(server, 30);
    await pollAccounts(services, ids(all));
    const atOpening = connections();
    const [account] = all;
    if (account === undefined) throw new Error('no account');
    const fault = await openMailbox(services, account).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(HostShut);
    expect(fault).toMatchObject({ code: 'mail-host-unreachable' });
    const [circuit] = await circuits();
    expect(fault).toMatchObject({
      retryAfterSeconds: Math.ceil(((circuit?.shutUntil ?? 0) - time.clock.now()) / 1000),
    });
    expect(connections()).toBe(atOpening);
  });

  it('is waited for by who wants to hold a connection, which is no failure of the account', async () => {
    const { server, state } = await mortal();
    const [account, ...others] = await accountsAt(server, 30);
    if (account === undefined) throw new Error('no account');
    await pollAccounts(services, ids(others));
    state.isDead = false;
    const stop = new AbortController();
    const idling = server.next('IDLE');
    const ended = watchAccount(services, account.id, stop.signal);
    await idling;
    stop.abort();
    expect(await ended).toBe('stopped');
    expect(events('watch-interrupted').filter((fields) => fields['account'] === account.id)).toEqual([]);
    // It was the one to find the server well.
    expect(await circuits()).toEqual([]);
  });
});

describe('a mail server that refuses passwords', () => {
  it('is not left alone for that', async () => {
    const server = await serve({ LOGIN: (command) => command.no('[AUTHENTICATIONFAILED] no') });
    const all = await accountsAt(server, 30);
    await pollAccounts(services, ids(all));
    expect(await circuits()).toEqual([]);
    expect((await getAccount(host.services.store, all[29]?.id ?? ''))?.status).toBe('login-refused');
  });
});

describe('a mail server that takes each connection and drops it', () => {
  it('is asked ever more rarely, for a login alone proves nothing', async () => {
    // To look whether a connection has lasted takes none of its time.
    time = handClock((ms) => ms === limits.healthyAfterMs);
    const server = await serve({ IDLE: ({ socket }) => void socket.destroy() });
    const account = await accountAt(server);
    const stop = new AbortController();
    const ended = watchAccount(services, account.id, stop.signal);
    while (events('watch-interrupted').length < 12) await server.next('IDLE');
    stop.abort();
    await ended;
    const failures = events('watch-interrupted').map((fields) => fields['failures']);
    expect(failures.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  });

  it('is trusted again once a connection has lasted', async () => {
    let drops = 5;
    const server = await serve({
      IDLE: ({ socket, send }) => {
        send('+ idling');
        if (drops-- > 0) socket.destroy();
      },
    });
    const account = await accountAt(server);
    const stop = new AbortController();
    const ended = watchAccount(services, account.id, stop.signal);
    let idling = await server.next('IDLE');
    while (drops >= 0) idling = await server.next('IDLE');
    time.pass(limits.healthyAfterMs);
    idling.socket.destroy();
    await server.next('IDLE');
    stop.abort();
    await ended;
    expect(events('watch-interrupted').map((fields) => fields['failures'])).toEqual([1, 2, 3, 4, 5, 0]);
  });
});

describe('a mail server that throttles an account', () => {
  const throttling = (text: string) => {
    const state = { throttles: true };
    const script: Script = {
      LOGIN: ({ tag, no, send }) => {
        if (state.throttles) no(text);
        else send(`${tag} OK [CAPABILITY IMAP4rev1 IDLE] in`);
      },
    };
    return { state, script };
  };
  const isPolledNow = async (account: Account) =>
    isPolled(await watchOf(host, account), 'auto', 'idle', time.clock.now());

  it('gets one connection less: the account is polled for an hour, and less often', async () => {
    const { state, script } = throttling('[LIMIT] Too many connections');
    const server = await serve(script);
    const account = await accountAt(server);
    const signal = new AbortController().signal;
    expect(await watchAccount(services, account.id, signal)).toBe('throttled');
    expect(server.commands.filter((command) => command.startsWith('LOGIN'))).toHaveLength(1);
    const { trouble } = await watchOf(host, account);
    expect(trouble).toMatchObject({ failures: 2, pollUntil: time.clock.now() + limits.throttledPollMs });
    expect(await isPolledNow(account)).toBe(true);
    expect((await getAccount(host.services.store, account.id))?.status).toBe('ok');

    expect(await polledBy(services)).not.toContain(account.id);
    time.pass((trouble?.retryAt ?? 0) - time.clock.now());
    expect(await polledBy(services)).toContain(account.id);

    state.throttles = false;
    await pollAccounts(services, [account.id]);
    expect((await watchOf(host, account)).trouble).toMatchObject({ failures: 0 });
    expect(await isPolledNow(account)).toBe(true);
    // From then on polls cost no write, until the hour is over.
    host.parts.take();
    await pollAccounts(services, [account.id]);
    expect(host.parts.take().write).toBe(0);
    time.pass(limits.throttledPollMs);
    expect(await isPolledNow(account)).toBe(false);
    await pollAccounts(services, [account.id]);
    expect((await watchOf(host, account)).trouble).toBeUndefined();
  });

  it('is left alone for as long as it suggests, on a connection and by polls', async () => {
    const { script } = throttling('Request is throttled. Suggested Backoff Time: 250343 milliseconds');
    const server = await serve(script);
    for (const asks of ['held', 'polled']) {
      const account = await accountAt(server);
      if (asks === 'held') await watchAccount(services, account.id, new AbortController().signal);
      else await pollAccounts(services, [account.id]);
      expect((await watchOf(host, account)).trouble?.retryAt).toBe(time.clock.now() + 250_343);
    }
  });

  it('is not asked sooner by another worker that takes the account over', async () => {
    const { script } = throttling('[LIMIT] Too many connections');
    const server = await serve(script);
    const account = await accountAt(server);
    await pollAccounts(services, [account.id]);
    const { trouble } = await watchOf(host, account);
    const before = time.clock.now();
    const other = process();
    await watchAccount(other, account.id, new AbortController().signal);
    expect(time.sleeps).toContain((trouble?.retryAt ?? 0) - before);
    expect(server.commands.filter((command) => command.startsWith('LOGIN'))).toHaveLength(2);
  });
});

describe('requests of one account', () => {
  it('wait for a place when they have as many connections as its provider leaves them', async () => {
    const server = await serve({});
    const account = await accountAt(server);
    const sessions = await Promise.all(Array.from({ length: 8 }, () => openMailbox(services, account)));
    const ninth = openMailbox(services, account);
    const another = await accountAt(server);
    (await openMailbox(services, another)).close();
    const greetings = () => server.commands.filter((command) => command === 'GREETING').length;
    expect(greetings()).toBe(9);
    sessions[0]?.close();
    sessions[0]?.close();
    (await ninth).close();
    expect(greetings()).toBe(10);
    for (const session of sessions) session.close();
    const again = await Promise.all(Array.from({ length: 8 }, () => openMailbox(services, account)));
    for (const session of again) session.close();
  });
});
