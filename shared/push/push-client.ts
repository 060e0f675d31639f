import { Agent } from 'node:https';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import type { AddressGuard } from '../net/address-guard.ts';
import type { TrustStore } from '../net/trust-store.ts';
import { buildPush, type PushOptions, type PushTarget } from './push-message.ts';
import { outcomeOf, type PushOutcome } from './push-outcome.ts';
import { isAddressForbidden, postPush } from './push-request.ts';
import { createSizeCaps } from './size-caps.ts';
import { allPairs, isVapidKeyPair, type VapidKeys } from './vapid.ts';
import { vapidHeaders } from './vapid-headers.ts';
import { vapidSubjectProblem } from './vapid-subject.ts';

export type { PushOptions, PushTarget } from './push-message.ts';
export type { PushOutcome } from './push-outcome.ts';

export type PushClient = {
  /**
   * Encrypts a payload for a subscription and hands it to its push service. Whatever that service does, this resolves, and
   * within the deadline; no part of the result holds the endpoint, the keys or what was answered.
   *
   * @throws RangeError for a topic that no push service would take: that is a mistake of the caller's
   */
  send(target: PushTarget, payload: Buffer, options: PushOptions): Promise<PushOutcome>;
  /** The largest payload that the target's push service takes, as far as is known. */
  payloadLimit(target: PushTarget): number;
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
  const pairs = allPairs(vapid);
  if (!pairs.every(isVapidKeyPair)) throw new Error('The two VAPID keys do not belong together.');
  const headersBy = new Map(pairs.map((pair) => [pair.keyId, vapidHeaders({ vapid: pair, subject, clock })]));
  const agent = warmAgent(guard, trust);
  const sizes = createSizeCaps();
  return {
    async send(target, payload, pushOptions) {
      if (payload.length > limits.pushPayloadBytes) return { kind: 'too-large' };
      const authorizationFor = headersBy.get(target.vapidKeyId ?? vapid.keyId);
      // The push service would say the same of any other key.
      if (authorizationFor === undefined) return { kind: 'refused', reason: 'vapid-mismatch' };
      const message = buildPush(target, payload, pushOptions, authorizationFor);
      if (message === undefined || !isHostAllowed(guard, message.url.hostname)) return refused;
      try {
        const answer = await postPush(agent, message, pushOptions.deadlineMs ?? limits.pushMs);
        const outcome = outcomeOf(answer, message.url.hostname, clock.now());
        if (outcome.kind !== 'too-large') return outcome;
        const cap = sizes.refused(target.endpoint, payload.length, clock.now());
        return cap === undefined ? outcome : { ...outcome, cap };
      } catch (error) {
        // Whatever keeps a request from being answered may pass; only a forbidden address will not.
        return isAddressForbidden(error) ? refused : { kind: 'later' };
      }
    },
    payloadLimit: (target) => sizes.limitOf(target, clock.now()),
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

/** Literal addresses never reach the agent's lookup. */
function isHostAllowed(guard: AddressGuard, host: string): boolean {
  try {
    guard.assertHost(host);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
