import { readFile, writeFile } from 'node:fs/promises';
import { createVapidKeys, type VapidKeys, vapidKeyId } from '../../shared/push/vapid.ts';

/**
 * The VAPID key pair in this file, made at the first start. Every subscription is bound to it for life, so a file that
 * cannot be read stops the start instead of being replaced.
 */
export async function loadVapidKeys(file: string): Promise<VapidKeys> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) {
    const keys = createVapidKeys();
    const { publicKey, privateKey } = keys;
    await writeFile(file, JSON.stringify({ publicKey, privateKey }), { mode: 0o600, flag: 'wx' });
    return keys;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'publicKey' in parsed && 'privateKey' in parsed) {
    const { publicKey, privateKey } = parsed;
    if (typeof publicKey === 'string' && typeof privateKey === 'string') {
      return { keyId: vapidKeyId(publicKey), publicKey, privateKey };
    }
  }
  throw new Error(
    `${file} does not hold a VAPID key pair. Restore it from a backup: subscriptions depend on it.`,
  );
}
