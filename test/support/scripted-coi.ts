import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { systemClock } from '../../shared/core/clock.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { createVapidKeys, publicKeyPem } from '../../shared/push/vapid.ts';
import { isRecord } from './api-client.ts';
import {
  folderLines,
  mailRow,
  type ScriptedCommand,
  type ScriptedImap,
  startScriptedImap,
} from './scripted-imap.ts';

/** What the server is and does; tests change it while it runs. */
export type CoiServerState = {
  /** Beside IMAP4rev1, IDLE, UIDPLUS and MOVE, of connections made from now on. */
  capabilities: string;
  mailboxRoot: string;
  /** The words it knows for subscriptions: those of the spec, or those of Dovecot's plugin. */
  msgtypes: readonly string[];
  subscriptionLimit: number;
  /** The point of the VAPID key as 33 bytes. */
  compressed: boolean;
  /** What it answers, after the tag, instead of setting an entry whose name ends so. */
  readonly refusals: Map<string, string>;
  /** Annotations by their names in lower case, as it keeps them. */
  readonly metadata: Map<string, string>;
  /** Rows of INBOX. */
  readonly mails: string[];
};

export type ScriptedCoi = ScriptedImap & {
  readonly state: CoiServerState;
  /** What devices subscribe with. */
  readonly publicKey: string;
  /** A chat mail comes into INBOX; returns its Message-ID. */
  receive(): string;
};

export const coiBase = '/private/vendor/vendor.dovecot';

/**
 * A COI server as Dovecot's plugins make one (dovecot/coi, 2019): configured by annotations, and pushing by itself with a
 * key of its own. It really pushes the validation, before it answers.
 *
 * @param pushCa the CA of the push services, in PEM
 */
export async function startScriptedCoi(
  pushCa: string,
  changes: Partial<CoiServerState> = {},
): Promise<ScriptedCoi> {
  const vapid = createVapidKeys();
  const guard = createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] });
  const push = createPushClient({
    ...{ guard, trust: trustStore([pushCa]), vapid },
    ...{ subject: 'mailto:postmaster@example.org', clock: systemClock },
  });
  const state: CoiServerState = {
    ...{ capabilities: 'COI WEBPUSH', mailboxRoot: 'COI', compressed: true },
    ...{ msgtypes: ['chat', 'mail', 'all'], subscriptionLimit: 10 },
    ...{ refusals: new Map(), metadata: new Map(), mails: [] },
    ...changes,
  };
  const opened = new Map<Socket, string>();
  const words = () => `CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN ${state.capabilities}`;
  const open = (command: ScriptedCommand) => {
    const folder = command.args.replaceAll('"', '');
    opened.set(command.socket, folder);
    const exists = folder === 'INBOX' ? state.mails.length : 0;
    command.ok(...folderLines({ exists, uidValidity: 7, uidNext: exists + 1 }));
  };
  const server = await startScriptedImap({
    LOGIN: (command) => command.send(`${command.tag} OK [${words()}] logged in`),
    CAPABILITY: (command) => command.ok(`* ${words()}`),
    LIST: (command) => command.ok(...foldersOf(state).map((folder) => `* LIST () "/" ${folder}`)),
    SELECT: open,
    EXAMINE: open,
    'UID FETCH': (command) => {
      const from = Number(/^\d+/.exec(command.args)?.[0] ?? 1);
      command.ok(...(opened.get(command.socket) === 'INBOX' ? state.mails.slice(from - 1) : []));
    },
    'UID SEARCH': (command) => command.ok('* SEARCH'),
    GETMETADATA: (command) => getMetadata(command, state, vapid.publicKey),
    SETMETADATA: (command) => {
      setMetadata(command, state, (target, text) =>
        push.send(target, Buffer.from(JSON.stringify({ validation: text })), {
          ...{ ttlSeconds: 300, urgency: 'high', validation: true },
        }),
      ).catch(() => command.socket.destroy());
    },
  });
  return {
    ...server,
    state,
    publicKey: vapid.publicKey,
    receive() {
      const uid = state.mails.length + 1;
      const header =
        `Message-ID: <chat$${uid}@example.org>\r\nChat-Version: 1.0\r\n` +
        'From: bob@example.org\r\nTo: alice@example.org\r\n\r\n';
      state.mails.push(mailRow({ seq: uid, uid, header, receivedAt: new Date() }));
      return `<chat$${uid}@example.org>`;
    },
    async stop() {
      push.close();
      await server.stop();
    },
  };
}

function foldersOf({ metadata, mailboxRoot }: CoiServerState): string[] {
  const isEnabled = metadata.get(`${coiBase}/coi/config/enabled`) === 'yes';
  return ['INBOX', ...(isEnabled ? [`${mailboxRoot}/Chats`, `${mailboxRoot}/Contacts`] : [])];
}

function getMetadata(command: ScriptedCommand, state: CoiServerState, publicKey: string): void {
  const [, depth = '0', name = ''] = /^(?:\(DEPTH (\S+)\) )?"" \((\S+)\)$/.exec(command.args) ?? [];
  const all = new Map(state.metadata);
  const hasCoi = /\bCOI\b/.test(state.capabilities);
  const hasPush = /\bWEBPUSH\b/.test(state.capabilities);
  if (hasCoi) all.set(`${coiBase}/coi/config/mailbox-root`, state.mailboxRoot);
  if (hasPush) all.set(`${coiBase}/webpush/vapid`, pemOf(publicKey, state.compressed));
  const asked = name.toLowerCase();
  const isFound = (entry: string) => {
    const below = entry.startsWith(`${asked}/`) ? entry.slice(asked.length + 1).split('/').length : 0;
    return entry === asked || (below > 0 && (depth === 'infinity' || below <= Number(depth)));
  };
  const found = [...all]
    .filter(([entry]) => isFound(entry))
    .map(([entry, value]) => [entry, shown(value)] as const);
  const items = found.map(([entry, value]) => `${entry} {${Buffer.byteLength(value)}}\r\n${value}`);
  command.ok(...(items.length === 0 ? [] : [`* METADATA "" (${items.join(' ')})`]));
}

/** What only the server may know of a subscription stays with it. */
function shown(value: string): string {
  if (!value.startsWith('{')) return value;
  const { validation, ...rest } = recordOf(value);
  return JSON.stringify({ ...rest, validated: validation === undefined });
}

type Validate = (
  target: { readonly endpoint: string; readonly p256dh: string; readonly auth: string },
  text: string,
) => Promise<{ readonly kind: string }>;

async function setMetadata(
  command: ScriptedCommand,
  state: CoiServerState,
  validate: Validate,
): Promise<void> {
  const { metadata } = state;
  const [, name = '', given = ''] = /^"" \((\S+) (.*)\)$/s.exec(command.args) ?? [];
  const entry = name.toLowerCase();
  const value = givenValue(given);
  const refusal = [...state.refusals].find(([end]) => entry.endsWith(end.toLowerCase()))?.[1];
  if (refusal !== undefined) return command.send(`${command.tag} ${refusal}`);
  const set = () => {
    if (value === undefined) metadata.delete(entry);
    else metadata.set(entry, value);
    command.ok();
  };
  const subscription = `${coiBase}/webpush/subscriptions/`;
  if (entry === `${coiBase}/coi/config/enabled`) {
    return value === undefined || value === 'yes' ? set() : command.no('[CANNOT] Invalid enabled value.');
  }
  if (entry === `${coiBase}/coi/config/message-filter`) {
    // The plugin compares without looking whether there is anything: it crashes.
    if (value === undefined) return void command.socket.destroy();
    return /^(?:none|active|seen)$/.test(value) ? set() : command.no('[CANNOT] Invalid message-filter value');
  }
  if (entry.endsWith('/validate')) {
    const pending = entry.slice(0, -'/validate'.length);
    const { validation, ...rest } = recordOf(metadata.get(pending) ?? '{}');
    if (value === undefined || validation !== value) {
      return command.no('[CANNOT] Subscription with matching validation not found');
    }
    metadata.set(pending, JSON.stringify(rest));
    return command.ok();
  }
  if (!entry.startsWith(subscription)) return command.no('[CANNOT] unable to set');
  if (value === undefined) return set();
  const count = [...metadata.keys()].filter((each) => each.startsWith(subscription)).length;
  if (count >= state.subscriptionLimit) {
    return command.no('[LIMIT] Too many subscriptions, delete old ones first');
  }
  const json = recordOf(value);
  if (!state.msgtypes.includes(String(json['msgtype']))) {
    return command.no('[CANNOT] Invalid JSON: Unknown msgtype');
  }
  const text = randomBytes(32).toString('base64');
  const outcome = await validate(targetOf(json['resource']), text);
  if (outcome.kind !== 'delivered') {
    return command.no(
      '[UNAVAILABLE] Failed to start endpoint validation: 410 https://push.example.org/secret',
    );
  }
  metadata.set(entry, JSON.stringify({ created: '2019-10-16T16:14:17+00:00', validation: text, ...json }));
  command.ok();
}

/** A quoted string, a literal or NIL. */
function givenValue(given: string): string | undefined {
  if (given.toUpperCase() === 'NIL') return undefined;
  const literal = /^\{\d+\+?\}\r\n(.*)$/s.exec(given)?.[1];
  const text = literal ?? given.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/g, '$1');
  return Buffer.from(text, 'latin1').toString('utf8');
}

function targetOf(resource: unknown) {
  const { endpoint, keys } = isRecord(resource) ? resource : {};
  const { p256dh, auth } = isRecord(keys) ? keys : {};
  return { endpoint: String(endpoint), p256dh: String(p256dh), auth: String(auth) };
}

function recordOf(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : {};
}

/** In PEM, with the point compressed as in the example of COI WebPush, or not. */
function pemOf(publicKey: string, compressed: boolean): string {
  if (!compressed) return publicKeyPem(publicKey);
  const point = Buffer.from(publicKey, 'base64url');
  const der = Buffer.concat([
    Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
    Buffer.of(2 + ((point.at(-1) ?? 0) & 1)),
    point.subarray(1, 33),
  ]);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----`;
}
