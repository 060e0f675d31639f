import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getAccount, updateAccount } from '../../../shared/store/account.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import { listActiveSubscriptions, listSubscriptions } from '../../../shared/store/subscription.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { ContractClient } from '../../support/contract-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { scriptedAuthority } from '../../support/scripted-authority.ts';
import {
  type CoiServerState,
  coiBase,
  type ScriptedCoi,
  startScriptedCoi,
} from '../../support/scripted-coi.ts';
import { type Script, type ScriptedImap, startScriptedImap } from '../../support/scripted-imap.ts';
import { type ScriptedSmtp, startScriptedSmtp } from '../../support/scripted-smtp.ts';
import { check } from '../../support/watched-account.ts';

let push: PushService;
let smtp: ScriptedSmtp;
let host: ApiHost;
beforeAll(async () => {
  push = await startPushService();
  smtp = await startScriptedSmtp();
  host = await startApiHost({ ca: [(await scriptedAuthority()).ca, smtp.ca, push.ca] });
});
afterAll(async () => {
  await host.stop();
  await push.close();
  await smtp.stop();
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Signs alice in; with the same address again, another of her devices. */
async function signIn(imap: ScriptedImap, email = `alice-${randomUUID()}@example.org`) {
  const hosts = { host: '127.0.0.1', tls: 'implicit', user: 'alice' };
  const reply = await host.nobody.expect(201, 'POST', '/v1/sessions', {
    email,
    password: 'secret',
    imap: { ...hosts, port: imap.login.port },
    smtp: { ...hosts, port: smtp.login.port },
  });
  const { account, push: key, token } = reply;
  if (!isRecord(account) || !isRecord(key)) throw new Error('signed in without an account');
  const client = new ContractClient(host.api, String(token));
  const stored = async () => {
    const found = await getAccount(host.services.store, String(account['id']));
    if (found === undefined) throw new Error('the account is gone');
    return found;
  };
  return { client, account, key, stored, email };
}

/** A COI server, and alice signed in to it. */
async function signedIn(changes: Partial<CoiServerState> = {}) {
  const server = await startScriptedCoi(push.ca, changes);
  stops.push(() => server.stop());
  return { server, ...(await signIn(server)) };
}

const setCommands = (server: ScriptedImap) =>
  server.commands.filter((command) => command.startsWith('SETMETADATA')).map((command) => command.slice(15));
const config = `${coiBase}/coi/config`;

const path = '/v1/push/subscriptions/Device-0001';
const entry = `${coiBase}/webpush/subscriptions/device-0001`;

function wish({ endpoint, p256dh, auth }: Device, changes: Record<string, unknown> = {}) {
  const resource = { endpoint, expirationTime: null, keys: { p256dh, auth } };
  return { client: 'app "x"', device: 'Größtes Telefon', msgtype: 'chat', resource, ...changes };
}

async function validationOf(device: Device): Promise<string> {
  const parsed: unknown = JSON.parse((await device.next()).payload.toString());
  if (!isRecord(parsed) || typeof parsed['validation'] !== 'string') throw new Error('no validation push');
  return parsed['validation'];
}

async function subscribe(client: ContractClient, device: Device, to = path): Promise<void> {
  await client.expect(201, 'PUT', to, wish(device));
  await client.expect(204, 'POST', `${to}/validate`, { validation: await validationOf(device) });
}

describe('the message filter of a COI server', () => {
  it.each([
    [{ enabled: 'yes', 'message-filter': 'seen' }, 'seen'],
    [{ enabled: 'yes', 'message-filter': 'active' }, 'active'],
    [{ enabled: 'yes' }, 'none'],
    [{ enabled: 'yes', 'message-filter': 'Active' }, 'none'],
    [{ 'message-filter': 'active' }, 'none'],
    [{}, 'none'],
  ])('is read at the sign-in: %j is %s', async (values, filter) => {
    const metadata = new Map(Object.entries(values).map(([name, value]) => [`${config}/${name}`, value]));
    const { client, account } = await signedIn({ metadata });
    expect(account).toMatchObject({ mailboxRoot: 'COI', settings: { messageFilter: filter } });
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({
      settings: { messageFilter: filter },
    });
  });

  it('is set there, with what makes it work, and never taken away', async () => {
    const { client, server } = await signedIn({ capabilities: 'COI' });
    for (const messageFilter of ['active', 'seen', 'none']) {
      const changed = await client.expect(200, 'PATCH', '/v1/account', { messageFilter });
      expect(changed).toMatchObject({ settings: { messageFilter } });
    }
    expect(setCommands(server)).toEqual([
      `(${config}/message-filter "active")`,
      `(${config}/enabled "yes")`,
      `(${config}/message-filter "seen")`,
      `(${config}/enabled "yes")`,
      `(${config}/message-filter "none")`,
      `(${config}/enabled NIL)`,
    ]);
  });

  it('stays enabled without a filter while the server pushes: it tells chats by it', async () => {
    const { client, server } = await signedIn();
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'active' });
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'none' });
    expect(Object.fromEntries(server.state.metadata)).toEqual({
      [`${config}/enabled`]: 'yes',
      [`${config}/message-filter`]: 'none',
    });
  });

  it.each([
    ['message-filter', 'NO [CANNOT] not for you', 'conflict'],
    ['enabled', 'NO Not today', 'conflict'],
    ['enabled', 'NO [OVERQUOTA] no room for folders', 'limit-reached'],
    ['message-filter', 'BAD What is SETMETADATA?', 'conflict'],
  ])('stays as it was when the server refuses %s with %s', async (name, answer, code) => {
    const { client, server } = await signedIn();
    server.state.refusals.set(name, answer);
    const reply = await client.request('PATCH', '/v1/account', { messageFilter: 'active' });
    expect(reply).toMatchObject({ status: 409, body: { code } });
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({
      settings: { messageFilter: 'none' },
    });
  });

  it('moves nothing from here: the server does', async () => {
    const { server, client, stored } = await signedIn();
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'active' });
    await check(host, await stored());
    server.receive();
    expect(await check(host, await stored())).toBe(1);
    await check(host, await stored());
    const names = server.commands.map((command) => /^(?:UID )?\S+/.exec(command)?.[0]);
    for (const name of ['CREATE', 'UID MOVE', 'UID COPY', 'UID STORE', 'SELECT'])
      expect(names).not.toContain(name);
    expect(names).toContain('EXAMINE');
  });

  it('has its folders below the root that the server names', async () => {
    const { server, client, account, stored } = await signedIn({ mailboxRoot: 'Talk' });
    expect(account).toMatchObject({ mailboxRoot: 'Talk' });
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'active' });
    await check(host, await stored());
    expect(server.commands).toContain('EXAMINE Talk/Chats');
  });

  it.each(['a"b', 'a*', 'a\r\nb', 'x'.repeat(300)])('takes %.20j for no folder name', async (mailboxRoot) => {
    const { account } = await signedIn({ mailboxRoot });
    expect(account).toMatchObject({ mailboxRoot: 'COI' });
  });
});

describe('the message filter where we do it', () => {
  const withScript = async (script: Script) => {
    const server = await startScriptedImap(script);
    stops.push(() => server.stop());
    return { server, ...(await signIn(server)) };
  };

  it.each([
    ['NO [LIMIT] too many folders', 'limit-reached'],
    ['NO [OVERQUOTA] full', 'limit-reached'],
    ['NO Permission denied', 'conflict'],
  ])('stays as it was when the server answers CREATE with %s', async (answer, code) => {
    const { client, stored } = await withScript({
      CREATE: (command) => command.send(`${command.tag} ${answer}`),
    });
    const reply = await client.request('PATCH', '/v1/account', { messageFilter: 'seen' });
    expect(reply).toMatchObject({ status: 409, body: { code } });
    const account = await stored();
    expect(account.settings.messageFilter).toBe('none');
    expect(await check(host, account)).toBe(0);
  });

  it('is not to be had where mails cannot be moved one by one', async () => {
    const words = '[CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN]';
    const { client, server } = await withScript({
      GREETING: (command) => command.send(`* OK ${words} ready`),
      LOGIN: (command) => command.send(`${command.tag} OK ${words} logged in`),
    });
    const reply = await client.request('PATCH', '/v1/account', { messageFilter: 'active' });
    expect(reply).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(server.commands.some((command) => command.startsWith('CREATE'))).toBe(false);
  });

  it('that a server does not carry out is tried again, and the watch goes on', async () => {
    const metadata = new Map([[`${config}/enabled`, 'yes']]);
    const { server, client, stored } = await signedIn({ capabilities: '', metadata });
    const device = push.newDevice(host.services.vapid.publicKey);
    await subscribe(client, device);
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'active' });
    await check(host, await stored());
    for (const expected of [1, 2]) {
      server.receive();
      expect(await check(host, await stored())).toBe(1);
      // The validation, and each mail once.
      expect(device.pushes).toHaveLength(1 + expected);
      expect(server.commands.filter((command) => command.startsWith('UID MOVE'))).toHaveLength(expected);
    }
    expect(await check(host, await stored())).toBe(0);
    expect(server.commands.filter((command) => command.startsWith('UID MOVE'))).toEqual([
      'UID MOVE 1 COI/Chats',
      'UID MOVE 1,2 COI/Chats',
      'UID MOVE 1,2 COI/Chats',
    ]);
    expect(device.pushes).toHaveLength(3);
    expect((await stored()).settings.messageFilter).toBe('active');
  });

  it('asks no server to switch off what only we do', async () => {
    const { client, server } = await withScript({});
    const before = server.commands.length;
    await client.expect(200, 'PATCH', '/v1/account', { messageFilter: 'none' });
    expect(server.commands).toHaveLength(before);
  });
});

describe('a mail server that pushes by itself', () => {
  const deviceAt = (server: ScriptedCoi) => push.newDevice(server.publicKey);
  const items = async (client: ContractClient) => {
    const list = (await client.expect(200, 'GET', '/v1/push/subscriptions'))['items'];
    return Array.isArray(list) ? list.filter(isRecord) : [];
  };

  it.each([true, false])('tells its key to devices as they need it (compressed: %s)', async (compressed) => {
    const { server, key, account, client } = await signedIn({ compressed });
    expect(key['publicKey']).toBe(server.publicKey);
    expect(key['pem']).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    const push = { by: 'mail-server', publicKey: server.publicKey, keyId: key['keyId'] };
    expect(account).toMatchObject({ push, watch: { mode: 'serverpush' } });
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ push });
  });

  it('is handed a subscription, and validates it by its own push', async () => {
    const { server, client } = await signedIn();
    const device = deviceAt(server);
    const wished = wish(device, { content: 'none', silentOk: true, excludeFrom: ['a@example.org'] });
    const created = await client.expect(201, 'PUT', path, wished);
    // What it really does, not what it was not asked for.
    expect(created).toMatchObject({
      ...{ id: 'Device-0001', validated: false, state: 'pending', msgtype: 'chat', expiresAt: null },
      ...{ content: 'full', silentOk: false, excludeFrom: [] },
    });
    const { created: _, validation: __, ...kept } = JSON.parse(server.state.metadata.get(entry) ?? '');
    const { endpoint, p256dh, auth } = device;
    expect(kept).toEqual({
      ...{ client: 'app "x"', device: 'Größtes Telefon', msgtype: 'chat' },
      resource: { endpoint, keys: { p256dh, auth } },
    });
    await client.expect(204, 'POST', `${path}/validate`, { validation: await validationOf(device) });
    const listed = await items(client);
    expect(listed).toMatchObject([
      { id: 'Device-0001', validated: true, state: 'active', created: '2019-10-16T16:14:17.000Z' },
    ]);
    expect(JSON.stringify(listed)).not.toContain(device.auth);
    expect(await client.expect(200, 'GET', path)).toMatchObject({ validated: true });
    expect(device.pushes).toHaveLength(1);
  });

  it('is the only one to push: conversations are kept current, and nothing goes out from here', async () => {
    const { server, client, stored } = await signedIn();
    const device = deviceAt(server);
    await subscribe(client, device);
    await check(host, await stored());
    const sent = push.requests.length;
    for (const expected of [1, 2]) {
      server.receive();
      expect(await check(host, await stored())).toBe(1);
      const { id } = await stored();
      const [conversation] = await listConversations(host.services.store, id, host.services.clock.now());
      expect(conversation?.unread).toBe(expected);
    }
    expect(push.requests).toHaveLength(sent);
    const { store, clock } = host.services;
    const { id } = await stored();
    expect(await listActiveSubscriptions(store, id, clock.now())).toEqual([]);
    const [row] = await listSubscriptions(store, id, clock.now());
    expect(row).toMatchObject({ state: 'at-server', endpoint: 'none', p256dh: 'none', auth: 'none' });
  });

  it('is not asked again for what it has validated, and is for anything else', async () => {
    const { server, client } = await signedIn();
    const device = deviceAt(server);
    await subscribe(client, device);
    const again = await client.expect(200, 'PUT', path, wish(device));
    expect(again).toMatchObject({ validated: true, state: 'active' });
    expect(device.pushes).toHaveLength(1);
    const other = deviceAt(server);
    expect(await client.expect(201, 'PUT', path, wish(other))).toMatchObject({ validated: false });
    expect(other.pushes).toHaveLength(1);
    expect(await items(client)).toMatchObject([{ validated: false, state: 'pending' }]);
  });

  it('takes the right text of its push, also when its first answer was lost', async () => {
    const { server, client } = await signedIn();
    const device = deviceAt(server);
    await client.expect(201, 'PUT', path, wish(device));
    const validation = await validationOf(device);
    for (const wrong of ['wrong', 'a\0b', 'x"\r\nA1 LOGOUT\r\n']) {
      const reply = await client.request('POST', `${path}/validate`, { validation: wrong });
      expect(reply).toMatchObject({ status: 422, body: { code: 'validation-expired' } });
    }
    await client.expect(204, 'POST', `${path}/validate`, { validation });
    await client.expect(204, 'POST', `${path}/validate`, { validation });
    const unknown = await client.request('POST', '/v1/push/subscriptions/nobodys-one/validate', {
      validation,
    });
    expect(unknown.status).toBe(422);
  });

  it('that cannot reach the device leaves everything as it was, and its words with us', async () => {
    const { server, client, stored } = await signedIn();
    const gone = deviceAt(server);
    push.forget(gone);
    const reply = await client.request('PUT', path, wish(gone));
    expect(reply).toMatchObject({ status: 422, body: { code: 'push-unreachable' } });
    expect(JSON.stringify(reply.body)).not.toContain('secret');
    const { store, clock } = host.services;
    expect(await listSubscriptions(store, (await stored()).id, clock.now())).toEqual([]);
    expect(await items(client)).toEqual([]);
  });

  it('with all the subscriptions it takes refuses one more', async () => {
    const { server, client } = await signedIn({ subscriptionLimit: 1 });
    await subscribe(client, deviceAt(server));
    const reply = await client.request('PUT', '/v1/push/subscriptions/Device-0002', wish(deviceAt(server)));
    expect(reply).toMatchObject({ status: 409, body: { code: 'limit-reached' } });
    expect(await items(client)).toHaveLength(1);
  });

  it.each([
    ['mail', 'email'],
    ['all', 'any'],
    ['chat', 'chat'],
  ])('may know only the words of Dovecot: %s is %s', async (msgtype, word) => {
    const { server, client } = await signedIn({ msgtypes: ['chat', 'email', 'any'] });
    const device = deviceAt(server);
    const created = await client.expect(201, 'PUT', path, wish(device, { msgtype }));
    expect(created).toMatchObject({ msgtype });
    expect(JSON.parse(server.state.metadata.get(entry) ?? '')).toMatchObject({ msgtype: word });
    expect(await items(client)).toMatchObject([{ msgtype }]);
    expect(device.pushes).toHaveLength(1);
  });

  it('has COI enabled for pushes that depend on it, and not for others', async () => {
    const { server, client } = await signedIn();
    await client.expect(201, 'PUT', path, wish(deviceAt(server), { msgtype: 'all' }));
    expect(server.state.metadata.has(`${config}/enabled`)).toBe(false);
    await client.expect(201, 'PUT', path, wish(deviceAt(server), { msgtype: 'chat' }));
    expect(server.state.metadata.get(`${config}/enabled`)).toBe('yes');
  });

  it('ends a subscription when it is deleted, its device signed out, or the account erased', async () => {
    const { server, client, email } = await signedIn();
    await subscribe(client, deviceAt(server));
    await client.expect(204, 'DELETE', path);
    await client.expect(204, 'DELETE', path);
    expect(server.state.metadata.has(entry)).toBe(false);
    expect(await items(client)).toEqual([]);

    await subscribe(client, deviceAt(server));
    await client.expect(204, 'DELETE', '/v1/sessions/current');
    expect(server.state.metadata.has(entry)).toBe(false);

    const second = await signIn(server, email);
    await subscribe(second.client, deviceAt(server));
    await second.client.expect(204, 'DELETE', '/v1/account');
    expect(server.state.metadata.has(entry)).toBe(false);
  });

  it('that cannot be reached keeps nobody signed in', async () => {
    const { server, client } = await signedIn();
    await subscribe(client, deviceAt(server));
    await server.stop();
    await client.expect(204, 'DELETE', '/v1/sessions/current');
    expect((await client.request('GET', '/v1/account')).status).toBe(401);
  });

  it('that cannot be reached is told as such to who asks', async () => {
    const { server, client } = await signedIn();
    await subscribe(client, deviceAt(server));
    await server.stop();
    for (const [method, at] of [
      ['GET', '/v1/push/subscriptions'],
      ['GET', path],
      ['DELETE', path],
    ] as const) {
      const reply = await client.request(method, at);
      expect(reply).toMatchObject({ status: 502, body: { code: 'mail-host-unreachable' } });
    }
  });

  it('shows the subscriptions of other programs as well, and nothing of what it cannot read', async () => {
    const { server, client } = await signedIn();
    const keys = { p256dh: 'keydata=', auth: 'Authdata=' };
    const value = {
      client: 'OX',
      device: 'x',
      msgtype: 'any',
      resource: { endpoint: 'https://x.example', keys },
    };
    server.state.metadata.set(`${coiBase}/webpush/subscriptions/other`, JSON.stringify(value));
    server.state.metadata.set(`${coiBase}/webpush/subscriptions/broken`, 'no json');
    expect(await items(client)).toMatchObject([
      { id: 'other', client: 'OX', msgtype: 'all', validated: true, expiresAt: null },
    ]);
  });

  it.each([
    ['says WEBPUSH and means another draft', 'WEBPUSH'],
    ['has COI alone', 'COI'],
  ])('is none that %s', async (_, capabilities) => {
    const server = await startScriptedCoi(push.ca, { capabilities });
    stops.push(() => server.stop());
    const other: Script = {
      GREETING: (command) => command.send('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready'),
      LOGIN: (command) => command.send(`${command.tag} OK [CAPABILITY IMAP4rev1 UIDPLUS ${capabilities}] in`),
    };
    const plain = await startScriptedImap(other);
    stops.push(() => plain.stop());
    const { client, key, account } = await signIn(plain);
    expect(key['publicKey']).toBe(host.services.vapid.publicKey);
    expect(account).toMatchObject({ push: { by: 'service' }, watch: { mode: 'idle' } });
    const device = push.newDevice(host.services.vapid.publicKey);
    expect(await client.expect(201, 'PUT', path, wish(device))).toMatchObject({ state: 'pending' });
  });

  it('that speaks COI WebPush without COI is used as well', async () => {
    const { server, client, key } = await signedIn({ capabilities: 'WEBPUSH' });
    expect(key['publicKey']).toBe(server.publicKey);
    await subscribe(client, deviceAt(server));
    expect(server.state.metadata.has(`${config}/enabled`)).toBe(false);
  });

  it('and then no more leaves the devices to subscribe here, and they are told', async () => {
    const { server, client, stored } = await signedIn();
    const old = deviceAt(server);
    await subscribe(client, old);
    await check(host, await stored());
    server.state.capabilities = 'COI';
    server.receive();
    await check(host, await stored());
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({
      push: { by: 'service', publicKey: host.services.vapid.publicKey },
      watch: { mode: 'idle' },
      capabilities: { coi: true, webpush: false },
    });
    expect(await items(client)).toMatchObject([
      { id: 'Device-0001', state: 'needs-resubscribe', validated: false },
    ]);
    expect(old.pushes).toHaveLength(1);

    const device = push.newDevice(host.services.vapid.publicKey);
    await subscribe(client, device);
    server.receive();
    await check(host, await stored());
    // The same mails, and now the push goes out from here: that none did before was no accident.
    expect(device.pushes).toHaveLength(2);
    expect(await items(client)).toMatchObject([{ id: 'Device-0001', state: 'active', validated: true }]);
  });

  it('that has lost it is found out by the device that wants to subscribe, too', async () => {
    const { server, client } = await signedIn();
    await subscribe(client, deviceAt(server));
    server.state.capabilities = 'COI';
    const reply = await client.request('PUT', path, wish(deviceAt(server)));
    expect(reply).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ push: { by: 'service' } });
    await subscribe(client, push.newDevice(host.services.vapid.publicKey));
  });

  it('keeps being used when one connection meets a member of its cluster without the word', async () => {
    const { server, client } = await signedIn();
    await subscribe(client, deviceAt(server));
    const real = server.state.capabilities;
    server.state.capabilities = '';
    server.state.metadata.set(`${coiBase}/webpush/vapid`, vapidPem);
    await client.expect(200, 'GET', '/v1/push/subscriptions');
    server.state.capabilities = real;
    expect(await client.expect(200, 'GET', '/v1/account')).toMatchObject({ push: { by: 'mail-server' } });
  });

  it('that begins to push takes over: what was subscribed here rings no more, and is told to subscribe again', async () => {
    const { server, client, stored, email } = await signedIn({ capabilities: 'COI' });
    const device = push.newDevice(host.services.vapid.publicKey);
    await subscribe(client, device);
    await check(host, await stored());
    server.state.capabilities = 'COI WEBPUSH';
    const again = await signIn(server, email);
    expect(again.key['publicKey']).toBe(server.publicKey);
    expect(await items(client)).toMatchObject([{ id: 'Device-0001', state: 'needs-resubscribe' }]);
    server.receive();
    await check(host, await stored());
    expect(device.pushes).toHaveLength(1);
    await subscribe(client, deviceAt(server));
    expect(await items(client)).toMatchObject([{ id: 'Device-0001', state: 'active' }]);
  });

  it('with another key than before leaves older subscriptions to be made again', async () => {
    const { server, client, stored } = await signedIn();
    await subscribe(client, deviceAt(server));
    const other = await startScriptedCoi(push.ca, { metadata: server.state.metadata });
    stops.push(() => other.stop());
    await updateAccount(host.services.store, { ...(await stored()), serverPushKey: other.publicKey });
    expect(await items(client)).toMatchObject([{ id: 'Device-0001', state: 'needs-resubscribe' }]);
  });
});

/** Some key, as a server keeps it. */
const vapidPem = [
  '-----BEGIN PUBLIC KEY-----',
  'MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACYHfTQ0biATut1VhK/AW2KmZespz+',
  'DEQ1yH3nvbayCuY=',
  '-----END PUBLIC KEY-----',
].join('\n');
