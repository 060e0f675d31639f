import { readFile, writeFile } from 'node:fs/promises';
import { createVapidKeys, parseVapidText, type VapidKeys, vapidText } from '../../shared/push/vapid.ts';

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
    await writeFile(file, vapidText(keys), { mode: 0o600, flag: 'wx' });
    return keys;
  }
  const kept = parseVapidText(text);
  if (kept !== undefined) return kept;
  throw new Error(
    `${file} does not hold a VAPID key pair. Restore it from a backup: subscriptions depend on it.`,
  );
}
