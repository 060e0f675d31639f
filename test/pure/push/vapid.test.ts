import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import {
  allPairs,
  createVapidKeys,
  dropUnusedKeys,
  parseVapidText,
  publicKeyPem,
  rotateVapidKeys,
  vapidKeyId,
  vapidText,
} from '../../../shared/push/vapid.ts';
import { vapidHeaders } from '../../../shared/push/vapid-headers.ts';
import { vapidSubjectProblem } from '../../../shared/push/vapid-subject.ts';
import { checkVapid } from '../../support/vapid-check.ts';

const vapid = createVapidKeys();
const subject = 'mailto:operator@example.org';
const audience = 'https://push.example.org';

describe('a VAPID key pair', () => {
  it('has an id that depends on the public key only', () => {
    expect(vapid.keyId).toMatch(/^[\w-]{12}$/);
    expect(vapidKeyId(vapid.publicKey)).toBe(vapid.keyId);
    expect(createVapidKeys().keyId).not.toBe(vapid.keyId);
  });

  it('is given in PEM as an uncompressed point that any library reads', () => {
    const pem = publicKeyPem(vapid.publicKey);
    expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    expect(der).toHaveLength(91);
    expect(Buffer.from(der).subarray(-65).toString('base64url')).toBe(vapid.publicKey);
  });
});

describe('VAPID keys that change', () => {
  it('keep the former pairs that subscriptions are bound to, and no others', () => {
    const second = rotateVapidKeys(vapid, () => true);
    expect(second.keyId).not.toBe(vapid.keyId);
    expect(allPairs(second).map(({ keyId }) => keyId)).toEqual([second.keyId, vapid.keyId]);
    const third = rotateVapidKeys(second, (keyId) => keyId === vapid.keyId);
    expect(allPairs(third).map(({ keyId }) => keyId)).toEqual([third.keyId, vapid.keyId]);
    expect(dropUnusedKeys(third, () => false).former).toEqual([]);
  });

  it('are the same again after they were kept as text', () => {
    const keys = rotateVapidKeys(
      rotateVapidKeys(vapid, () => true),
      () => true,
    );
    expect(parseVapidText(vapidText(keys))).toEqual(keys);
    expect(parseVapidText(vapidText(vapid))).toEqual(vapid);
    const [, former = vapid] = allPairs(keys);
    const broken = { ...keys, former: [{ ...former, privateKey: vapid.privateKey }, vapid] };
    expect(parseVapidText(vapidText(broken))).toBeUndefined();
  });
});

describe('a VAPID header', () => {
  const clockAt = (start: number) => {
    let now = start;
    return { clock: { now: () => now, sleep: async () => undefined }, advance: (ms: number) => (now += ms) };
  };

  it('has the shape of RFC 8292: an ES256 token for one origin, for half a day, and the key', () => {
    const header = vapidHeaders({ vapid, subject, clock: clockAt(Date.now()).clock })(audience);
    const [, token = '', key] = /^vapid t=(\S+), k=(\S+)$/.exec(header) ?? [];
    expect(key).toBe(vapid.publicKey);
    const [head, claims] = token
      .split('.', 2)
      .map((part): unknown => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(head).toEqual({ typ: 'JWT', alg: 'ES256' });
    expect(claims).toEqual({
      aud: audience,
      sub: subject,
      exp: expect.closeTo(Date.now() / 1000 + 12 * 3600, -1),
    });
    expect(checkVapid(header, { audience, subscribedWith: vapid.publicKey })).toBeUndefined();
  });

  it('is made once per origin until it is 11 h old', () => {
    const { clock, advance } = clockAt(Date.now());
    const headerFor = vapidHeaders({ vapid, subject, clock });
    const first = headerFor(audience);
    const other = headerFor('https://push.example.net:8443');
    expect(other).not.toBe(first);
    expect(checkVapid(other, { audience: 'https://push.example.net:8443' })).toBeUndefined();
    advance(limits.vapidRenewMs - 1);
    expect(headerFor(audience)).toBe(first);
    advance(1);
    const second = headerFor(audience);
    expect(second).not.toBe(first);
    expect(headerFor(audience)).toBe(second);
  });

  it('is made anew when the clock was set back', () => {
    const { clock, advance } = clockAt(Date.now());
    const headerFor = vapidHeaders({ vapid, subject, clock });
    const first = headerFor(audience);
    advance(-1);
    expect(headerFor(audience)).not.toBe(first);
  });

  it('is forgotten for the oldest origin when there are too many', () => {
    const headerFor = vapidHeaders({ vapid, subject, clock: clockAt(Date.now()).clock });
    const first = headerFor(audience);
    const second = headerFor('https://second.example.org');
    for (let i = 2; i <= limits.vapidAudiences; i++) headerFor(`https://${i}.example.org`);
    expect(headerFor('https://second.example.org')).toBe(second);
    expect(headerFor(audience)).not.toBe(first);
  });
});

describe('a VAPID subject', () => {
  it.each(['mailto:operator@example.org', 'https://example.org', 'https://chat.example.org/contact'])(
    'may be %s',
    (text) => {
      expect(vapidSubjectProblem(text)).toBeUndefined();
    },
  );

  it.each([
    '',
    'operator@example.org',
    'mailto:',
    'mailto: operator@example.org',
    'mailto:operator@example.org ',
    'mailto:operator',
    'mailto:operator@localhost',
    'mailto:operator@127.0.0.1',
    'mailto:a@b@example.org',
    'http://example.org',
    'https://',
    'https://localhost',
    'https://localhost:8080/',
    'https://app.localhost',
    'https://127.0.0.1',
    'https://[::1]',
    'https://example.org/my contact',
  ])('may not be %j', (text) => {
    expect(vapidSubjectProblem(text)).toMatch(/^must /);
  });
});
