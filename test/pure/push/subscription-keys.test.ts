import { describe, expect, it } from 'vitest';
import { newSubscriber } from '../../../functions/local/demo/push-receiver.ts';
import { parseSubscriptionKeys } from '../../../shared/push/subscription-keys.ts';

const { p256dh, auth } = newSubscriber();
const point = Buffer.from(p256dh, 'base64url');
const secret = Buffer.from(auth, 'base64url');
const offCurve = Buffer.from(point);
offCurve.writeUInt8(offCurve.readUInt8(64) ^ 1, 64);

describe('the keys of a subscription', () => {
  it.each([
    ['base64url', point.toString('base64url'), secret.toString('base64url')],
    ['padded base64url', `${point.toString('base64url')}=`, `${secret.toString('base64url')}==`],
    ['base64', point.toString('base64'), secret.toString('base64')],
    [
      'unpadded base64',
      point.toString('base64').replace(/=+$/, ''),
      secret.toString('base64').replace(/=+$/, ''),
    ],
  ])('may come in %s, and are kept in base64url without padding', (_, given, givenAuth) => {
    expect(parseSubscriptionKeys({ p256dh: given, auth: givenAuth })).toEqual({ ok: true, p256dh, auth });
  });

  it.each([
    ['nothing', ''],
    ['a point off the curve', offCurve.toString('base64url')],
    ['a compressed point', Buffer.concat([Buffer.from([2]), point.subarray(1, 33)]).toString('base64url')],
    ['a hybrid point', Buffer.concat([Buffer.from([6]), point.subarray(1)]).toString('base64url')],
    ['64 bytes', point.subarray(0, 64).toString('base64url')],
    ['66 bytes', Buffer.concat([point, Buffer.from([0])]).toString('base64url')],
    ['zeros', Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64url')],
    ['blanks inside', `${p256dh.slice(0, 40)} ${p256dh.slice(40)}`],
    ['something after the padding', `${p256dh}=A`],
    ['hexadecimal', point.toString('hex')],
    ['a very long text', 'A'.repeat(1_000_000)],
  ])('are refused with %s for p256dh', (_, given) => {
    expect(parseSubscriptionKeys({ p256dh: given, auth })).toEqual({
      ok: false,
      fields: [{ field: 'resource.keys.p256dh', message: expect.stringContaining('65 bytes') }],
    });
  });

  it.each([
    ['nothing', ''],
    ['15 bytes', secret.subarray(1).toString('base64url')],
    ['17 bytes', Buffer.alloc(17, 1).toString('base64url')],
    ['other characters', '!'.repeat(22)],
  ])('are refused with %s for auth', (_, given) => {
    expect(parseSubscriptionKeys({ p256dh, auth: given })).toEqual({
      ok: false,
      fields: [{ field: 'resource.keys.auth', message: expect.stringContaining('16 bytes') }],
    });
  });

  it('name every field that is wrong', () => {
    const parsed = parseSubscriptionKeys({ p256dh: 'x', auth: 'y' }, 'keys.');
    expect(parsed.ok ? [] : parsed.fields.map(({ field }) => field)).toEqual(['keys.p256dh', 'keys.auth']);
  });
});
