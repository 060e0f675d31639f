import { createECDH, createHash, createPublicKey } from 'node:crypto';
import webPush from 'web-push';

/** The key pair that proves to push services who we are (RFC 8292), raw in unpadded base64url, as browsers take them. */
export type VapidKeys = {
  /** Tells which key a subscription was made with, for it is bound to that key for life. */
  readonly keyId: string;
  readonly publicKey: string;
  readonly privateKey: string;
};

export function createVapidKeys(): VapidKeys {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return { keyId: vapidKeyId(publicKey), publicKey, privateKey };
}

/** Whether both keys can be read and belong together. */
export function isVapidKeyPair({ publicKey, privateKey }: VapidKeys): boolean {
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
  } catch {
    // Not 32 bytes, or no number below the curve's order.
    return false;
  }
  return pair.getPublicKey('base64url') === publicKey;
}

/** The key pair as it is kept, in a file or a secret. */
export function vapidText({ publicKey, privateKey }: VapidKeys): string {
  return JSON.stringify({ publicKey, privateKey });
}

/** The key pair in a text that was kept; undefined when it holds none. */
export function parseVapidText(text: string): VapidKeys | undefined {
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  if (!('publicKey' in parsed && 'privateKey' in parsed)) return undefined;
  const { publicKey, privateKey } = parsed;
  if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return undefined;
  const keys = { keyId: vapidKeyId(publicKey), publicKey, privateKey };
  return isVapidKeyPair(keys) ? keys : undefined;
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
