import { describe, expect, it } from 'vitest';
import { outcomeOf, parseRetryAfter } from '../../../shared/push/push-outcome.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const fcmMismatch =
  'the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions.\n';

describe("a push service's answer", () => {
  it.each<[number, string, string, object]>([
    [201, '', 'push.example.org', { kind: 'delivered' }],
    [204, '', 'push.example.org', { kind: 'delivered' }],
    [299, 'payload too large', 'push.example.org', { kind: 'delivered' }],
    [404, '', 'push.example.org', { kind: 'gone' }],
    [410, '{"errno":103}', 'push.example.org', { kind: 'gone' }],
    [413, '', 'push.example.org', { kind: 'too-large' }],
    [400, '{"reason":"PayloadTooLarge"}', 'web.push.apple.com', { kind: 'too-large' }],
    [400, 'Payload too large', 'push.example.org', { kind: 'too-large' }],
    [400, 'The message exceeds the maximum size', 'push.example.org', { kind: 'too-large' }],
    [403, '{"code":413,"errno":104}', 'push.example.org', { kind: 'too-large' }],
    [429, '', 'push.example.org', { kind: 'later' }],
    [406, '', 'wns2-par02p.notify.windows.com', { kind: 'later' }],
    [406, '', 'push.example.org', { kind: 'refused', reason: 'other' }],
    [406, '', 'notify.windows.com.example.org', { kind: 'refused', reason: 'other' }],
    [408, '', 'push.example.org', { kind: 'later' }],
    [500, '', 'push.example.org', { kind: 'later' }],
    [503, '', 'push.example.org', { kind: 'later' }],
    [507, '', 'ntfy.sh', { kind: 'later' }],
    [
      400,
      '{"reason":"VapidPkHashMismatch"}',
      'web.push.apple.com',
      { kind: 'refused', reason: 'vapid-mismatch' },
    ],
    [403, fcmMismatch, 'fcm.googleapis.com', { kind: 'refused', reason: 'vapid-mismatch' }],
    [
      401,
      '{"code":401,"errno":109,"message":"VAPID public key mismatch"}',
      'push.example.org',
      { kind: 'refused', reason: 'vapid-mismatch' },
    ],
    [403, '{"reason":"BadJwtToken"}', 'web.push.apple.com', { kind: 'refused', reason: 'unauthorised' }],
    [401, '', 'push.example.org', { kind: 'refused', reason: 'unauthorised' }],
    [400, '{"reason":"BadWebPushTopic"}', 'web.push.apple.com', { kind: 'refused', reason: 'other' }],
    [400, 'TTL conflicts with cache policy', 'push.example.org', { kind: 'refused', reason: 'other' }],
    [301, '', 'push.example.org', { kind: 'refused', reason: 'other' }],
    [405, '', 'push.example.org', { kind: 'refused', reason: 'other' }],
  ])('%i %j from %s', (status, text, host, outcome) => {
    expect(outcomeOf({ status, text, retryAfter: undefined }, host, now)).toEqual({ status, ...outcome });
  });

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['0', 0],
    ['120', 120],
    [' 120 ', 120],
    ['86400', 3600],
    ['9999999999', 3600],
    ['Sun, 01 Mar 2026 12:02:00 GMT', 120],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['Mon, 02 Mar 2026 12:00:00 GMT', 3600],
    ['Sunday, 01-Mar-26 12:02:00 GMT', 120],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['2026', 2026],
    ['Xyz, 99 Abc 2026 12:02:00 GMT', undefined],
  ])('asks with Retry-After %j for %s seconds', (value, seconds) => {
    expect(parseRetryAfter(value, now)).toBe(seconds);
  });
});
