import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 's1';
const keyBytes = 32;
/** NIST SP 800-38D 8.2.2: random nonces of 96 bits serve 2^32 seals under one key; an account makes far fewer. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts and authenticates with AES-256-GCM under a fresh random nonce: `s1.<nonce, ciphertext and tag, base64url>`.
 * It opens only with the same key and the same context, for which an account id serves.
 */
export function seal(key: Buffer, plaintext: Buffer, context: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', checkedKey(key), nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(context, 'utf8'));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${sealed.toString('base64url')}`;
}

/** @throws SealBroken for another key, another context, a changed text, or a form this code does not know */
export function open(key: Buffer, sealed: string, context: string): Buffer {
  const [form, text, ...rest] = sealed.split('.');
  if (form !== version || text === undefined || rest.length > 0) throw new SealBroken('its form is unknown');
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < nonceBytes + tagBytes) throw new SealBroken('it is cut short');
  const decipher = createDecipheriv('aes-256-gcm', checkedKey(key), bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(context, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new SealBroken('the key or the context is another one, or it was changed', { cause });
  }
}

/** Something sealed that does not open. Its message holds nothing of the content. */
export class SealBroken extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(`the seal does not open: ${why}`, options);
    this.name = 'SealBroken';
  }
}

function checkedKey(key: Buffer): Buffer {
  if (key.length !== keyBytes) throw new Error(`a key of ${key.length} bytes; AES-256 takes ${keyBytes}`);
  return key;
}
