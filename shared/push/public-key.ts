import { createPublicKey, type KeyObject } from 'node:crypto';

/**
 * The P-256 point of a public key in PEM (SubjectPublicKeyInfo), base64url of 65 bytes: what browsers take. Mail servers
 * give compressed points too, as in the example of COI WebPush. Text around the key, line ends and missing marks do not
 * matter. Undefined for what is no such key.
 */
export function publicKeyOfPem(pem: string): string | undefined {
  const body = /-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----/s.exec(pem)?.[1] ?? pem;
  // A compressed key has 59 bytes, an uncompressed one 91.
  if (body.length > 500) return undefined;
  const key = parse(Buffer.from(body, 'base64'));
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
  const { x, y } = key.export({ format: 'jwk' });
  if (x === undefined || y === undefined) return undefined;
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return Buffer.concat(point).toString('base64url');
}

function parse(der: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch {
    // Whatever OpenSSL finds wrong with it, it is no key.
    return undefined;
  }
}
