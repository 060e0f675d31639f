import { createPublicKey, verify } from 'node:crypto';

/** What a push service answers to a bad `Authorization` header. */
export type VapidRefusal = { readonly status: 401 | 403; readonly why: string };

/**
 * Checks a VAPID header the way a push service does (RFC 8292); gives nothing for a good one. `subscribedWith` is the key
 * the subscription is bound to.
 */
export function checkVapid(
  header: string | undefined,
  expected: {
    readonly audience: string;
    readonly subscribedWith?: string | undefined;
    readonly now?: number;
  },
): VapidRefusal | undefined {
  const [, token = '', key = ''] = /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), ?k=([\w-]+)$/.exec(header ?? '') ?? [];
  if (token === '') return { status: 401, why: 'not "vapid t=<JWT>, k=<key>"' };
  const [head = '', claims = '', signature = ''] = token.split('.');
  if (memberOf(head, 'alg') !== 'ES256') return { status: 401, why: 'alg is not ES256' };
  if (!isSignedBy(key, `${head}.${claims}`, signature)) return { status: 401, why: 'bad signature' };
  if (memberOf(claims, 'aud') !== expected.audience) return { status: 401, why: 'aud is not this origin' };
  const secondsLeft = Number(memberOf(claims, 'exp')) - (expected.now ?? Date.now()) / 1000;
  if (!(secondsLeft > 0 && secondsLeft <= 24 * 3600)) return { status: 401, why: 'exp is not within 24 h' };
  // What Apple asks for beyond the RFC.
  const subject = memberOf(claims, 'sub');
  if (typeof subject !== 'string' || !/^(mailto:[^\s@]+@|https:\/\/)[^\s]+\.[^\s]+$/.test(subject)) {
    return { status: 403, why: 'BadJwtToken' };
  }
  return expected.subscribedWith === undefined || expected.subscribedWith === key
    ? undefined
    : { status: 403, why: 'VapidPkHashMismatch' };
}

function isSignedBy(key: string, text: string, signature: string): boolean {
  const point = Buffer.from(key, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return false;
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  return verify(
    'sha256',
    Buffer.from(text),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

function memberOf(part: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  } catch {
    // Not JSON: it has no members.
    return undefined;
  }
}
