import { ECDH } from 'node:crypto';
import type { FieldFault } from '../core/faults.ts';

export type SubscriptionKeys =
  | { readonly ok: true; readonly p256dh: string; readonly auth: string }
  | { readonly ok: false; readonly fields: readonly FieldFault[] };

/**
 * The keys of a push subscription (RFC 8291), in canonical form: unpadded base64url. Clients send base64 as well, padded
 * or not (Android libraries do). A key that no push can be encrypted with is found here and not at the first push; `prefix`
 * goes before the names of the fields.
 */
export function parseSubscriptionKeys(
  keys: { readonly p256dh: string; readonly auth: string },
  prefix = 'resource.keys.',
): SubscriptionKeys {
  const p256dh = decode(keys.p256dh);
  const auth = decode(keys.auth);
  const isPoint = p256dh !== undefined && isOnCurve(p256dh);
  const isSecret = auth?.length === 16;
  if (isPoint && isSecret) {
    return { ok: true, p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') };
  }
  const fields: FieldFault[] = [];
  if (!isPoint) {
    fields.push({
      field: `${prefix}p256dh`,
      message: 'must be an uncompressed P-256 point: 65 bytes in base64url',
    });
  }
  if (!isSecret) fields.push({ field: `${prefix}auth`, message: 'must be 16 bytes in base64url' });
  return { ok: false, fields };
}

/** Buffer.from drops what it does not know and takes whatever follows `=`, so the text is checked by coding it again. */
function decode(text: string): Buffer | undefined {
  if (text.length > 100) return undefined;
  const unpadded = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  const bytes = Buffer.from(unpadded, 'base64url');
  return bytes.toString('base64url') === unpadded ? bytes : undefined;
}

function isOnCurve(point: Buffer): boolean {
  if (point.length !== 65 || point[0] !== 4) return false;
  try {
    ECDH.convertKey(point, 'prime256v1');
    return true;
  } catch {
    // The one thing convertKey can find wrong with 65 bytes that start with 4.
    return false;
  }
}
