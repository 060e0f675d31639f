import { Agent } from 'node:https';
import webPush from 'web-push';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import type { AddressGuard } from '../net/address-guard.ts';
import { parsePushEndpoint } from '../net/push-endpoint.ts';
import type { TrustStore } from '../net/trust-store.ts';
import { outcomeOf, type PushOutcome } from './push-outcome.ts';
import { isAddressForbidden, postPush } from './push-request.ts';
import { isVapidKeyPair, type VapidKeys } from './vapid.ts';
import { vapidHeaders } from './vapid-headers.ts';
import { vapidSubjectProblem } from './vapid-subject.ts';

export type { PushOutcome } from './push-outcome.ts';

export type PushTarget = {
  readonly endpoint: string;
  /** base64url, as `parseSubscriptionKeys` gives them. */
  readonly p256dh: string;
  readonly auth: string;
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

export type PushClient = {
  /**
   * Encrypts a payload for a subscription and hands it to its push service. Whatever that service does, this resolves, and
   * within the deadline; no part of the result holds the endpoint, the keys or what was answered.
   *
   * @throws RangeError for a topic that no push service would take: that is a mistake of the caller's
   */
  send(target: PushTarget, payload: Buffer, options: PushOptions): Promise<PushOutcome>;
  /** Closes the connections that are kept open. */
  close(): void;
};

/** @throws Error for a subject or a key pair that push services would refuse */
export function createPushClient(options: {
  readonly guard: AddressGuard;
  readonly trust: TrustStore;
  readonly vapid: VapidKeys;
  readonly subject: string;
  readonly clock: Clock;
}): PushClient {
  const { guard, trust, vapid, subject, clock } = options;
  const problem = vapidSubjectProblem(subject);
  if (problem !== undefined) throw new Error(`The VAPID subject ${problem}.`);
  if (!isVapidKeyPair(vapid)) throw new Error('The two VAPID keys do not belong together.');
  const authorizationFor = vapidHeaders({ vapid, subject, clock });
  const agent = warmAgent(guard, trust);
  return {
    async send(target, payload, pushOptions) {
      assertTopic(pushOptions.topic);
      if (payload.length > limits.pushPayloadBytes) return { kind: 'too-large' };
      const endpoint = parsePushEndpoint(target.endpoint);
      if (!endpoint.ok || !isHostAllowed(guard, endpoint.url.hostname)) return refused;
      const { url } = endpoint;
      const body = encryptFor(target, payload);
      if (body === undefined) return refused;
      const headers = pushHeaders(body, authorizationFor(url.origin), pushOptions);
      const deadlineMs = pushOptions.deadlineMs ?? limits.pushMs;
      try {
        const answer = await postPush(agent, url, { headers, body, deadlineMs });
        return outcomeOf(answer, url.hostname, clock.now());
      } catch (error) {
        // Whatever keeps a request from being answered may pass; only a forbidden address will not.
        return isAddressForbidden(error) ? refused : { kind: 'later' };
      }
    },
    close: () => agent.destroy(),
  };
}

const refused: PushOutcome = { kind: 'refused', reason: 'other' };

/** A TLS handshake costs twenty times the CPU of a push on a connection that is open already (measured: 3.2 and 0.17 ms). */
function warmAgent(guard: AddressGuard, trust: TrustStore): Agent {
  return new Agent({
    keepAlive: true,
    scheduling: 'lifo',
    maxSockets: limits.pushSocketsPerHost,
    maxTotalSockets: limits.pushSockets,
    timeout: limits.pushSocketIdleMs,
    lookup: guard.lookup,
    autoSelectFamilyAttemptTimeout: limits.connectAttemptMs,
    secureContext: trust.context,
    // Said here too, so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off.
    rejectUnauthorized: true,
  });
}

function isHostAllowed(guard: AddressGuard, host: string): boolean {
  try {
    guard.assertHost(host);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

/** RFC 8291, `aes128gcm` only. `undefined` when the keys are of no use; they were checked when the device subscribed. */
function encryptFor({ p256dh, auth }: PushTarget, payload: Buffer): Buffer | undefined {
  try {
    return webPush.encrypt(p256dh, auth, payload, 'aes128gcm').cipherText;
  } catch {
    // Plain errors of web-push and of node:crypto, which quote the keys' lengths at most.
    return undefined;
  }
}

function pushHeaders(body: Buffer, authorization: string, options: PushOptions): Record<string, string> {
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
