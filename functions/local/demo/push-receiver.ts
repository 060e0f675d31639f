import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';

/** The receiving end of a push subscription, with the key that only a browser has; all in unpadded base64url. */
export type Subscriber = { readonly p256dh: string; readonly auth: string; readonly privateKey: string };

export function newSubscriber(): Subscriber {
  const pair = createECDH('prime256v1');
  const p256dh = pair.generateKeys('base64url');
  return {
    p256dh,
    auth: randomBytes(16).toString('base64url'),
    privateKey: pair.getPrivateKey('base64url'),
  };
}

/**
 * Decrypts a push message as RFC 8291 and RFC 8188 have it, without the library that encrypts. Web Push allows one record
 * only; anything else throws.
 */
export function decryptPush({ privateKey, auth }: Subscriber, message: Buffer): Buffer {
  const salt = message.subarray(0, 16);
  const recordBytes = message.readUInt32BE(16);
  const keyEnd = 21 + message.readUInt8(20);
  const serverKey = message.subarray(21, keyEnd);
  const record = message.subarray(keyEnd);
  if (record.length > recordBytes) throw new Error('more than one record');
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), serverKey]);
  const secret = hkdf(pair.computeSecret(serverKey), Buffer.from(auth, 'base64url'), keyInfo, 32);
  const key = hkdf(secret, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16);
  const nonce = hkdf(secret, salt, Buffer.from('Content-Encoding: nonce\0'), 12);
  const cipher = createDecipheriv('aes-128-gcm', key, nonce);
  cipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
  const delimiterAt = padded.findLastIndex((byte) => byte !== 0);
  if (padded[delimiterAt] !== 2) throw new Error('the last record must end in the delimiter 2');
  return padded.subarray(0, delimiterAt);
}

function hkdf(secret: Buffer, salt: Buffer, info: Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}
