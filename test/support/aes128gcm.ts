import { createCipheriv, createDecipheriv, createECDH, createHmac } from 'node:crypto';

/** RFC 8188 and RFC 8291 step by step, with the names they use, so that each value can be compared with their examples. */
export function deriveKeys(secret: Buffer, salt: Buffer) {
  const prk = hmac(salt, secret);
  const expand = (label: string, bytes: number) =>
    hmac(prk, Buffer.from(`Content-Encoding: ${label}\0\x01`, 'latin1')).subarray(0, bytes);
  return { prk, cek: expand('aes128gcm', 16), nonce: expand('nonce', 12) };
}

/** RFC 8291 section 3.4. `own` is either side's private key, `other` the public key of the other one. */
export function deriveSecret(keys: {
  readonly own: Buffer;
  readonly other: Buffer;
  readonly auth: Buffer;
  readonly subscriber: Buffer;
  readonly server: Buffer;
}) {
  const { own, other, auth, subscriber, server } = keys;
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(own);
  const ecdhSecret = pair.computeSecret(other);
  const prkKey = hmac(auth, ecdhSecret);
  const keyInfo = Buffer.concat([Buffer.from('WebPush: info\0'), subscriber, server]);
  return { ecdhSecret, prkKey, keyInfo, ikm: hmac(prkKey, Buffer.concat([keyInfo, Buffer.of(1)])) };
}

/** What stands before the records (RFC 8188 section 2.1). */
export function parseHeader(message: Buffer) {
  const idEnd = 21 + message.readUInt8(20);
  return {
    salt: message.subarray(0, 16),
    recordBytes: message.readUInt32BE(16),
    keyId: message.subarray(21, idEnd),
    records: message.subarray(idEnd),
  };
}

/** Any number of records; each must end in its delimiter, the last in 2, the others in 1. */
export function decode(message: Buffer, secretFor: (keyId: Buffer) => Buffer): Buffer {
  const { salt, recordBytes, keyId, records } = parseHeader(message);
  const { cek, nonce } = deriveKeys(secretFor(keyId), salt);
  const count = Math.ceil(records.length / recordBytes);
  const texts = Array.from({ length: count }, (_, index) => {
    const record = records.subarray(index * recordBytes, (index + 1) * recordBytes);
    const cipher = createDecipheriv('aes-128-gcm', cek, nonceOf(nonce, index));
    cipher.setAuthTag(record.subarray(-16));
    const padded = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()]);
    const end = padded.findLastIndex((byte) => byte !== 0);
    if (padded[end] !== (index === count - 1 ? 2 : 1))
      throw new Error(`record ${index} has a wrong delimiter`);
    return padded.subarray(0, end);
  });
  return Buffer.concat(texts);
}

/** One record without padding. */
export function encodeRecord(text: Buffer, { cek, nonce }: { readonly cek: Buffer; readonly nonce: Buffer }) {
  const cipher = createCipheriv('aes-128-gcm', cek, nonce);
  const sealed = [cipher.update(text), cipher.update(Buffer.of(2)), cipher.final()];
  return Buffer.concat([...sealed, cipher.getAuthTag()]);
}

function nonceOf(base: Buffer, index: number): Buffer {
  const nonce = Buffer.from(base);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8);
  return nonce;
}

function hmac(key: Buffer, text: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
