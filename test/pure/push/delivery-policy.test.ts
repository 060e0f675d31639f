import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  afterPush,
  type PushedSubscription,
  pushRetryDelayMs,
} from '../../../shared/push/delivery-policy.ts';
import type { PushOutcome } from '../../../shared/push/push-outcome.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const delivered: PushOutcome = { kind: 'delivered', status: 201 };
const refusals: PushOutcome[] = [
  { kind: 'refused', status: 400, reason: 'other' },
  { kind: 'refused', status: 401, reason: 'unauthorised' },
  { kind: 'refused', status: 403, reason: 'vapid-mismatch' },
  { kind: 'refused', status: 301, reason: 'other' },
  { kind: 'refused', reason: 'other' },
];
const fresh: PushedSubscription = { lastSuccessAt: undefined, failures: 0 };
const proven: PushedSubscription = { lastSuccessAt: now - 1000, failures: 0 };

describe('after a push, a subscription', () => {
  it('is noted as delivered the first time, after refusals, and once in a while', () => {
    const noted = { kind: 'update', fields: { failures: 0, vapidMismatch: false, lastSuccessAt: now } };
    const since = (ms: number) => ({ lastSuccessAt: now - ms, failures: 0 });
    expect(afterPush(fresh, delivered, now)).toEqual(noted);
    expect(afterPush({ ...proven, failures: 3 }, delivered, now)).toEqual(noted);
    expect(afterPush(since(limits.pushSuccessNotedMs), delivered, now)).toEqual(noted);
    expect(afterPush(since(limits.pushSuccessNotedMs - 1), delivered, now)).toEqual({ kind: 'none' });
  });

  it.each([404, 410])('is deleted when the push service answered %i', (status) => {
    expect(afterPush(proven, { kind: 'gone', status }, now)).toEqual({ kind: 'delete', reason: 'gone' });
  });

  it.each<PushOutcome>([
    { kind: 'later' },
    { kind: 'later', status: 429, retryAfterSeconds: 60 },
    { kind: 'later', status: 507 },
    { kind: 'too-large', status: 413 },
  ])('is left alone by %j, however often it happens', (outcome) => {
    expect(afterPush({ ...fresh, failures: 99 }, outcome, now)).toEqual({ kind: 'none' });
    expect(afterPush({ ...proven, failures: 99 }, outcome, now)).toEqual({ kind: 'none' });
  });

  it.each(refusals)('that never delivered is deleted at the fifth %j in a row, not before', (outcome) => {
    const counted = { failures: 4, vapidMismatch: isMismatch(outcome) };
    expect(refuse(fresh, outcome, 4)).toEqual({ kind: 'update', fields: counted });
    expect(refuse(fresh, outcome, 5)).toEqual({ kind: 'delete', reason: 'never-delivered' });
  });

  it.each(refusals)(
    'that once delivered is suspended at the tenth %j in a row, and never deleted',
    (outcome) => {
      const vapidMismatch = isMismatch(outcome);
      expect(refuse(proven, outcome, 9)).toEqual({ kind: 'update', fields: { failures: 9, vapidMismatch } });
      const fields = { failures: 10, vapidMismatch, state: 'needs-resubscribe' };
      const suspended = { kind: 'update', fields };
      expect(refuse(proven, outcome, 10)).toEqual(suspended);
    },
  );
});

describe('the pause before a push is tried again', () => {
  it('doubles its bound from 10 s up to 15 min, and lies below it by chance', () => {
    const bounds = [1, 2, 3, 6, 7, 50].map((attempt) => pushRetryDelayMs(attempt, undefined, 1));
    expect(bounds).toEqual([20_000, 40_000, 80_000, 640_000, 900_000, 900_000]);
    expect(pushRetryDelayMs(50, undefined, 0)).toBe(10_000);
    expect(pushRetryDelayMs(2, undefined, 0.5)).toBe(25_000);
  });

  it('is never shorter than what the push service asked for', () => {
    expect(pushRetryDelayMs(1, 3600, 0)).toBe(3_600_000);
    expect(pushRetryDelayMs(1, 0, 0)).toBe(0);
    expect(pushRetryDelayMs(50, 60, 0.999)).toBeLessThanOrEqual(70_000);
  });
});

/** The change that the last of so many refusals in a row brings. */
function refuse(subscription: PushedSubscription, outcome: PushOutcome, times: number) {
  return afterPush({ ...subscription, failures: times - 1 }, outcome, now);
}

function isMismatch(outcome: PushOutcome): boolean {
  return outcome.kind === 'refused' && outcome.reason === 'vapid-mismatch';
}
