import webPush from 'web-push';
import { parsePushEndpoint } from '../net/push-endpoint.ts';
import type { SizeCap } from './size-caps.ts';

export type PushTarget = {
  readonly endpoint: string;
  /** base64url, as `parseSubscriptionKeys` gives them. */
  readonly p256dh: string;
  readonly auth: string;
  /** The key that the subscription is bound to; the current one when left out. */
  readonly vapidKeyId?: string;
  /** What its push service was found to take, where that is less than others do. */
  readonly cap?: SizeCap | undefined;
};

export type PushOptions = {
  /** At least 1 is sent: Microsoft's service answers 400 to a TTL of 0. */
  readonly ttlSeconds: number;
  readonly urgency: 'very-low' | 'low' | 'normal' | 'high';
  /** Replaces an undelivered push of the same topic (RFC 8030 section 5.4): base64url, 32 characters at most. */
  readonly topic?: string;
  /** Whether this is the validation push of COI WebPush, which carries a header of its own. */
  readonly validation?: boolean;
  /** The time for all of it, in ms; `limits.pushMs` when not given. */
  readonly deadlineMs?: number;
};

/** A push ready to be posted. */
export type PushMessage = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/**
 * Encrypts a payload for a subscription (RFC 8291, `aes128gcm` only) and addresses it. `undefined` when its endpoint or its
 * keys are of no use; they were checked when the device subscribed.
 *
 * @param authorizationFor the VAPID header for an origin
 * @throws RangeError for a topic that no push service would take
 */
export function buildPush(
  target: PushTarget,
  payload: Buffer,
  options: PushOptions,
  authorizationFor: (audience: string) => string,
): PushMessage | undefined {
  assertTopic(options.topic);
  const endpoint = parsePushEndpoint(target.endpoint);
  const body = encryptFor(target, payload);
  if (!endpoint.ok || body === undefined) return undefined;
  const { url } = endpoint;
  return { url, headers: headersFor(body, authorizationFor(url.origin), options), body };
}

function encryptFor({ p256dh, auth }: PushTarget, payload: Buffer): Buffer | undefined {
  try {
    return webPush.encrypt(p256dh, auth, payload, 'aes128gcm').cipherText;
  } catch {
    // Plain errors of web-push and of node:crypto about the keys.
    return undefined;
  }
}

function headersFor(body: Buffer, authorization: string, options: PushOptions): Record<string, string> {
  return {
    Authorization: authorization,
    'Content-Encoding': 'aes128gcm',
    'Content-Length': String(body.length),
    'Content-Type': 'application/octet-stream',
    TTL: String(Math.max(1, Math.floor(options.ttlSeconds))),
    Urgency: options.urgency,
    ...(options.topic === undefined ? {} : { Topic: options.topic }),
    // COI WebPush section 5.4: present and empty.
    ...(options.validation === true ? { 'WebPush-Validation': '' } : {}),
  };
}

/** Mozilla and Apple answer 400 to any other. */
function assertTopic(topic: string | undefined): void {
  if (topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(topic)) {
    throw new RangeError('a push topic has 1 to 32 characters of base64url');
  }
}
