import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortHash } from '../../../shared/coi/address-book.ts';
import { addressHash } from '../../../shared/coi/address-hash.ts';
import { limits } from '../../../shared/core/limits.ts';
import { memberOf } from '../../../shared/core/outside-data.ts';
import { changeAccount } from '../../../shared/flows/accounts/change-account.ts';
import { changeConversation } from '../../../shared/flows/conversations/change-conversation.ts';
import { tellChanges } from '../../../shared/flows/push/tell-changes.ts';
import { tellSeen } from '../../../shared/flows/push/tell-seen.ts';
import { checkAccount } from '../../../shared/flows/watch/check-account.ts';
import { putAddressBook, setAddressBookAt } from '../../../shared/store/address-book.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import type { Account, AccountSettings, Conversation } from '../../../shared/store/items.ts';
import { listSubscriptions } from '../../../shared/store/subscription.ts';
import { isRecord } from '../../support/api-client.ts';
import { type ApiHost, startApiHost } from '../../support/api-host.ts';
import { type MailClassName, mailOfClass } from '../../support/mail-classes.ts';
import { hasMailServers, sharedMail } from '../../support/mail-site.ts';
import { withMailbox } from '../../support/mailbox-client.ts';
import { type Device, type PushService, startPushService } from '../../support/push-service.ts';
import { exampleConversation, exampleMessage } from '../../support/store-examples.ts';
import { activeSubscription, mailboxAccount, watchOf } from '../../support/watched-account.ts';

const hour = 3_600_000;
const day = 24 * 3600;
/** Devices of one account, each subscribed in its own way. */
const ways = {
  chat: { msgtype: 'chat' },
  mail: { msgtype: 'mail' },
  all: { msgtype: 'all' },
  silent: { msgtype: 'chat', silentOk: true },
  edits: { msgtype: 'chat', silentOk: true, edits: true },
  loudEdits: { msgtype: 'chat', edits: true },
  mailEdits: { msgtype: 'mail', silentOk: true, edits: true },
  reactions: { msgtype: 'chat', reactions: true },
  excluding: {
    msgtype: 'all',
    silentOk: true,
    edits: true,
    reactions: true,
    excludeFrom: ['bob@example.test'],
  },
} as const;
type Way = keyof typeof ways;
const wayNames: readonly Way[] = [
  'chat',
  'mail',
  'all',
  'silent',
  'edits',
  'loudEdits',
  'mailEdits',
  'reactions',
  'excluding',
];

const forChats: readonly Way[] = ['chat', 'all', 'silent', 'edits', 'loudEdits', 'reactions'];
const nobody: readonly Way[] = [];

type Row = {
  readonly mail: MailClassName;
  readonly to: readonly Way[];
  readonly urgency?: 'high' | 'normal' | 'low';
  readonly ttl?: number;
  readonly kind?: string;
  /** It may be replaced by a newer one of the same matter, until it is delivered. */
  readonly topic?: true;
  readonly given?: Given;
};
type Given = {
  readonly conversation?: Partial<Conversation>;
  readonly settings?: Partial<AccountSettings>;
  readonly blocked?: true;
  readonly flags?: readonly string[];
  readonly ageMs?: number;
};

const allDay = { from: '00:00', to: '23:59', timeZone: 'UTC' };
const muted: Given = { conversation: { mutedUntil: Number.MAX_SAFE_INTEGER } };

const rows: readonly (readonly [string, Row])[] = [
  ['chat', { mail: 'chat', to: forChats, urgency: 'high', ttl: day, kind: 'text' }],
  ['chat, muted', { mail: 'chat', to: nobody, given: muted }],
  ['chat, muted, that mentions', { mail: 'mention', to: forChats, urgency: 'high', ttl: day, given: muted }],
  ['chat, encrypted', { mail: 'encrypted', to: forChats, urgency: 'high', ttl: day, kind: 'encrypted' }],
  ['chat of a group', { mail: 'group', to: forChats, urgency: 'normal', ttl: day, kind: 'text' }],
  ['unknown sender', { mail: 'stranger', to: [...forChats, 'excluding'], urgency: 'normal', ttl: day }],
  [
    'unknown sender, not wanted',
    { mail: 'stranger', to: nobody, given: { settings: { unknownSenders: 'none' } } },
  ],
  ['mail', { mail: 'mail', to: ['mail', 'all', 'mailEdits'], urgency: 'normal', ttl: day, kind: 'mail' }],
  ['edit', { mail: 'edit', to: ['edits'], urgency: 'low', ttl: 3600, kind: 'edit', topic: true }],
  ['edit, muted', { mail: 'edit', to: ['edits'], urgency: 'low', ttl: 3600, given: muted, topic: true }],
  ['edit by a blocked sender', { mail: 'edit', to: nobody, given: { blocked: true } }],
  ['edit that is a day old', { mail: 'edit', to: nobody, given: { ageMs: 25 * hour } }],
  ['delete', { mail: 'delete', to: ['edits'], urgency: 'low', ttl: 3600, kind: 'delete', topic: true }],
  ['delete by another than its sender', { mail: 'forgedEdit', to: nobody }],
  [
    'reaction to own message',
    { mail: 'reaction', to: ['reactions'], urgency: 'normal', ttl: 3600, kind: 'reaction', topic: true },
  ],
  ['reaction, taken back', { mail: 'reactionTakenBack', to: nobody }],
  ['reaction to a message of others', { mail: 'reactionToHis', to: nobody }],
  ['reaction, muted', { mail: 'reaction', to: nobody, given: muted }],
  ['reaction in quiet hours', { mail: 'reaction', to: nobody, given: { settings: { quietHours: allDay } } }],
  ['call', { mail: 'call', to: forChats, urgency: 'high', ttl: 60, kind: 'call' }],
  ['mdn', { mail: 'mdn', to: nobody }],
  ['own', { mail: 'own', to: nobody }],
  ['handshake', { mail: 'handshake', to: nobody }],
  ['sync', { mail: 'sync', to: nobody }],
  ['post', { mail: 'post', to: nobody }],
  ['blocked', { mail: 'mention', to: nobody, given: { blocked: true } }],
  ['\\Seen', { mail: 'chat', to: nobody, given: { flags: ['\\Seen'] } }],
  ['older than 24 h', { mail: 'chat', to: nobody, given: { ageMs: 25 * hour } }],
];

describe.skipIf(!hasMailServers)('what devices are told of by default', () => {
  let host: ApiHost;
  let push: PushService;

  beforeAll(async () => {
    push = await startPushService();
    host = await startApiHost({ ca: [sharedMail().ca, push.ca] });
  });

  afterAll(async () => {
    await host.stop();
    await push.close();
  });

  /** An account that has talked with Bob, and its devices. */
  async function talking() {
    const account = await mailboxAccount(host, sharedMail());
    await look(account);
    for (const name of ['own', 'first'] as const) await put(account, name);
    await look(account);
    const devices = new Map<Way, Device>();
    for (const way of wayNames) {
      const device = push.newDevice();
      await activeSubscription(host, account, device, { everyMessage: true, ...ways[way] });
      devices.set(way, device);
    }
    return { account, devices };
  }

  async function put(account: Account, name: MailClassName, { flags = [], ageMs = 60_000 }: Given = {}) {
    const raw = mailOfClass(name, account.email);
    await withMailbox(sharedMail(), account, (client) =>
      client.append('INBOX', raw, [...flags], new Date(Date.now() - ageMs)),
    );
  }

  async function look(account: Account): Promise<void> {
    const { services } = host;
    const now = await changeAccount(services, account.id, (stored) => stored);
    await checkAccount(services, now, await watchOf(host, account));
  }

  async function arrange(account: Account, { settings, conversation, blocked }: Given) {
    const { store, clock } = host.services;
    if (settings !== undefined)
      await changeAccount(host.services, account.id, (stored) => ({
        ...stored,
        settings: { ...stored.settings, ...settings },
      }));
    const [talk] = await listConversations(store, account.id, clock.now());
    if (conversation !== undefined)
      await changeConversation(host.services, account.id, talk?.id ?? '', (stored) => ({
        ...stored,
        ...conversation,
      }));
    if (blocked === undefined) return;
    const keys = [shortHash(addressHash('bob@example.test'))];
    const bob = { uid: 1, kind: 'contact', keys, blocked, muted: undefined, name: 'Bob' } as const;
    const book = { folder: 'COI/Contacts', uidValidity: 1, entries: [bob], profileSent: [], updatedAt: 1 };
    await putAddressBook(store, { ...book, accountId: account.id, version: 0 });
    await setAddressBookAt(store, account.id, clock.now());
  }

  it.each(rows)('%s', async (_, { mail, to, urgency, ttl, kind, topic, given = {} }) => {
    const { account, devices } = await talking();
    await arrange(account, given);
    await put(account, mail, given);
    await look(account);
    const told = [...devices].filter(([, device]) => device.pushes.length > 0);
    expect(told.map(([way]) => way)).toEqual([...devices.keys()].filter((way) => to.includes(way)));
    for (const [, device] of told) {
      expect(device.pushes).toHaveLength(1);
      const { headers, payload } = await device.next();
      expect(headers).toMatchObject({ urgency, ttl: String(ttl) });
      expect(headers['topic'] !== undefined).toBe(topic ?? false);
      if (kind !== undefined) expect(oursIn(payload)).toMatchObject({ account: account.id, kind });
    }
  });

  it('names of a change the message that was changed, and how, as far as a device wants content', async () => {
    const { account, devices } = await talking();
    const plain = push.newDevice();
    await activeSubscription(host, account, plain, {
      silentOk: true,
      edits: true,
      reactions: true,
      content: 'none',
    });
    for (const name of ['edit', 'reaction', 'delete'] as const) await put(account, name);
    await look(account);
    const payloads = (device: Device | undefined) =>
      (device?.pushes ?? []).map(({ payload }): unknown => JSON.parse(payload.toString()));
    const [edited, deleted] = payloads(devices.get('edits')).sort(byKind).toReversed();
    expect(edited).toMatchObject({ 'msg-id': '<chat$edit@example.test>' });
    expect(String(memberOf(edited, 'content')).trim()).toBe('Hello again');
    expect(ours(edited)).toMatchObject({ kind: 'edit' });
    // Both of the same message: the first one.
    expect(memberOf(ours(edited), 'message')).toBe(memberOf(ours(deleted), 'message'));
    const [reaction] = payloads(devices.get('reactions'));
    expect(ours(reaction)).toMatchObject({ kind: 'reaction', emoji: '👍' });
    expect(memberOf(ours(reaction), 'message')).not.toBe(memberOf(ours(edited), 'message'));
    const withoutContent = payloads(plain);
    expect(withoutContent).toHaveLength(3);
    for (const told of withoutContent) {
      expect(JSON.stringify(told)).not.toMatch(/Hello|👍/);
      expect(told).not.toHaveProperty('subject');
    }
  });

  it.each([
    ['chat', true],
    ['mention', true],
    ['call', true],
    ['group', true],
    ['encrypted', false],
    ['mail', true],
    ['edit', true],
    ['reaction', true],
  ] as const)(
    'holds of %s as much content as a device wants, and of none not even its subject',
    async (name, hasWords) => {
      const { account } = await talking();
      const by = new Map<string, Device>();
      for (const content of ['full', 'preview', 'none'] as const) {
        const device = push.newDevice();
        await activeSubscription(host, account, device, {
          ...{ content, msgtype: 'all', silentOk: true, edits: true, reactions: true },
        });
        by.set(content, device);
      }
      await put(account, name);
      await look(account);
      const [full, preview, none] = [...by.values()].map((device): unknown => {
        expect(device.pushes).toHaveLength(1);
        return JSON.parse(String(device.pushes[0]?.payload));
      });
      expect(full).toHaveProperty('content');
      expect(ours(full)).not.toHaveProperty('preview');
      expect(preview).not.toHaveProperty('content');
      expect(typeof memberOf(ours(preview), 'preview')).toBe(hasWords ? 'string' : 'undefined');
      for (const member of ['content', 'content-type', 'content-encoding', 'subject'])
        expect(none).not.toHaveProperty(member);
      for (const member of ['preview', 'emoji']) expect(ours(none)).not.toHaveProperty(member);
      expect(none).toHaveProperty('from-email');
    },
  );

  it('tells of several changes to one message the last alone', async () => {
    const { account, devices } = await talking();
    await put(account, 'reaction');
    const raw = mailOfClass('reaction', account.email).replace('reaction@', 'again@').replace('👍', '🎉');
    await withMailbox(sharedMail(), account, (client) => client.append('INBOX', raw, [], new Date()));
    await look(account);
    const pushes = devices.get('reactions')?.pushes ?? [];
    expect(pushes.map(({ payload }) => oursIn(payload))).toMatchObject([{ emoji: '🎉' }]);
  });

  it('never is a push that shows nothing where that is for Apple, whatever was asked for', async () => {
    const { account } = await host.account();
    for (const endpoint of ['https://web.push.apple.com/abc', 'https://fcm.googleapis.com/fcm/send/abc'])
      await activeSubscription(
        host,
        account,
        { ...push.newDevice(), endpoint },
        { silentOk: true, edits: true },
      );
    const asked: string[] = [];
    const services = {
      ...host.services,
      push: {
        ...host.services.push,
        send: async ({ endpoint }: { readonly endpoint: string }) => {
          asked.push(new URL(endpoint).host);
          return { kind: 'delivered', status: 201 } as const;
        },
      },
    };
    const { store, clock } = services;
    const message = exampleMessage({ accountId: account.id });
    const subscriptions = await listSubscriptions(store, account.id, clock.now());
    for (const kind of ['edit', 'delete'] as const) {
      const alert = { ttlSeconds: limits.changeTtlSeconds, urgency: 'low' } as const;
      const changed = { kind, key: message.key };
      await tellChanges(
        services,
        [{ message, conversation: undefined, mail: undefined, alert, changed }],
        subscriptions,
      );
    }
    const talk = exampleConversation({ accountId: account.id });
    await tellSeen(services, talk);
    expect(asked).toEqual(['fcm.googleapis.com', 'fcm.googleapis.com', 'fcm.googleapis.com']);
  });
});

function oursIn(payload: Buffer): unknown {
  return ours(JSON.parse(payload.toString()));
}

function ours(payload: unknown): unknown {
  return isRecord(payload) ? payload['x-coi-push'] : undefined;
}

function byKind(a: unknown, b: unknown): number {
  return String(memberOf(ours(a), 'kind')) < String(memberOf(ours(b), 'kind')) ? -1 : 1;
}
