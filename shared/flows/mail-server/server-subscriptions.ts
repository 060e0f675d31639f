import { limits } from '../../core/limits.ts';
import { isRecord } from '../../core/outside-data.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { parseSubscriptionKeys } from '../../push/subscription-keys.ts';
import type { SubscriptionWish } from '../push/subscription-wish.ts';
import { coiPrefix } from './coi-server.ts';

/** A subscription as the mail server has it (COI WebPush, "Subscriptions"). Its id is written in any case. */
export type ServerSubscription = Pick<SubscriptionWish, 'id' | 'client' | 'device' | 'msgtype'> & {
  readonly createdAt: number;
  readonly validated: boolean;
  /** Endpoint and keys in one text, to compare. */
  readonly target: string;
};

const path = `${coiPrefix}/webpush/subscriptions`;

/** `id` is one of COI WebPush: letters, digits, `-` and `_`. */
export function subscriptionEntry(id: string): string {
  return `${path}/${id}`;
}

/** RFC 5464 section 3.2: names of entries are compared without case, so Dovecot gives them back in lower case. */
export function isSameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export async function readServerSubscriptions(session: MailSession): Promise<ServerSubscription[]> {
  const result = await session.getMetadata([path], { depth: '1' });
  if (result.kind !== 'found') return [];
  return [...result.entries].flatMap(([name, value]) => {
    const id = name.slice(path.length + 1);
    const isBelow = name.toLowerCase().startsWith(`${path}/`) && id !== '' && !id.includes('/');
    return isBelow ? subscriptionOf(id, value) : [];
  });
}

/** Only what COI WebPush names: a server may refuse what else it finds. */
export function subscriptionJson(wish: SubscriptionWish, msgtype: string): string {
  const { endpoint, p256dh, auth } = wish.target;
  const { client, device } = wish;
  return JSON.stringify({ client, device, msgtype, resource: { endpoint, keys: { p256dh, auth } } });
}

export function isSameSubscription(present: ServerSubscription, wish: SubscriptionWish): boolean {
  return (
    present.client === wish.client &&
    present.device === wish.device &&
    present.msgtype === wish.msgtype &&
    present.target === targetText(wish.target.endpoint, wish.target)
  );
}

/** One that cannot be read is left out: it belongs to another program. */
function subscriptionOf(id: string, value: string): ServerSubscription[] {
  const json = parseJson(value);
  const resource = json['resource'];
  const keys = isRecord(resource) ? resource['keys'] : undefined;
  const endpoint = isRecord(resource) ? resource['endpoint'] : undefined;
  const { client, device } = json;
  const msgtype = msgtypes[String(json['msgtype'])];
  if (typeof client !== 'string' || typeof device !== 'string' || msgtype === undefined) return [];
  const createdAt = Date.parse(String(json['created']));
  return [
    {
      ...{ id, msgtype, client: client.slice(0, limits.foreignNameCharacters) },
      device: device.slice(0, limits.foreignNameCharacters),
      createdAt: Number.isFinite(createdAt) ? createdAt : 0,
      validated: json['validated'] === true,
      target: targetText(endpoint, keys),
    },
  ];
}

/** COI WebPush knows chat, mail and all; Dovecot's plugin calls the last two email and any. */
const msgtypes: Readonly<Record<string, SubscriptionWish['msgtype']>> = {
  chat: 'chat',
  mail: 'mail',
  email: 'mail',
  all: 'all',
  any: 'all',
};

function targetText(endpoint: unknown, keys: unknown): string {
  const { p256dh, auth } = isRecord(keys) ? keys : {};
  const parsed = parseSubscriptionKeys({ p256dh: String(p256dh), auth: String(auth) });
  return parsed.ok ? JSON.stringify([endpoint, parsed.p256dh, parsed.auth]) : '';
}

function parseJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    // Not ours, and nothing that can be shown.
    return {};
  }
}
