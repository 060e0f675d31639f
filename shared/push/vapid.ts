import { createECDH, createHash, createPublicKey } from 'node:crypto';
import webPush from 'web-push';
import { arrayOf, memberOf } from '../core/outside-data.ts';

/** The key pair that proves to push services who we are (RFC 8292), raw in unpadded base64url, as browsers take them. */
export type VapidKeyPair = {
  /** Tells which key a subscription was made with, for it is bound to that key for life. */
  readonly keyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
};

/** The pair that new subscriptions are made with, and those before it that some subscription is still bound to. */
export type VapidKeys = VapidKeyPair & { readonly former?: readonly VapidKeyPair[] };

export function createVapidKeys(): VapidKeys {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return { keyId: vapidKeyId(publicKey), publicKey, privateKey };
}

/** A new pair in front; of the pairs before it, those that are in use stay. */
export function rotateVapidKeys(keys: VapidKeys, isInUse: (keyId: string) => boolean): VapidKeys {
  return { ...createVapidKeys(), former: allPairs(keys).filter(({ keyId }) => isInUse(keyId)) };
}

/** Without the former pairs that no subscription is bound to any more. */
export function dropUnusedKeys(keys: VapidKeys, isInUse: (keyId: string) => boolean): VapidKeys {
  return { ...keys, former: (keys.former ?? []).filter(({ keyId }) => isInUse(keyId)) };
}

/** The current pair first. */
export function allPairs({ former = [], ...current }: VapidKeys): readonly VapidKeyPair[] {
  return [current, ...former];
}

/** Whether both keys can be read and belong together. */
export function isVapidKeyPair({
  publicKey,
  privateKey,
}: Pick<VapidKeyPair, 'publicKey' | 'privateKey'>): boolean {
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
  } catch {
    // Not 32 bytes, or no number below the curve's order.
    return false;
  }
  return pair.getPublicKey('base64url') === publicKey;
}

/** The keys as they are kept, in a file or a secret. */
export function vapidText(keys: VapidKeys): string {
  const [current, ...former] = allPairs(keys).map(({ publicKey, privateKey }) => ({ publicKey, privateKey }));
  return JSON.stringify(former.length === 0 ? current : { ...current, former });
}

/** The keys in a text that was kept; undefined when one of them is none. */
export function parseVapidText(text: string): VapidKeys | undefined {
  const parsed = parseJson(text);
  const current = pairOf(parsed);
  const former = arrayOf(memberOf(parsed, 'former')).map(pairOf);
  const known = former.filter((pair) => pair !== undefined);
  if (current === undefined || known.length < former.length) return undefined;
  return known.length === 0 ? current : { ...current, former: known };
}

function pairOf(value: unknown): VapidKeyPair | undefined {
  const publicKey = memberOf(value, 'publicKey');
  const privateKey = memberOf(value, 'privateKey');
  if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return undefined;
  return isVapidKeyPair({ publicKey, privateKey })
    ? { keyId: vapidKeyId(publicKey), publicKey, privateKey }
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 12 characters of the public key's hash. */
export function vapidKeyId(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('base64url').slice(0, 12);
}

/**
 * The key as SubjectPublicKeyInfo in PEM, with the uncompressed point: the example in COI WebPush is a compressed one,
 * which most client libraries cannot read.
 */
export function publicKeyPem(publicKey: string): string {
  const point = Buffer.from(publicKey, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33, 65).toString('base64url'),
  };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
