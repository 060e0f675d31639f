import { deviceNameOf } from './device-name.ts';
import { keep, kept } from './kept.ts';

/** Of this browser, for as long as it is signed in. */
export async function deviceId(): Promise<string> {
  const known = await kept('device');
  if (typeof known === 'string') return known;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  await keep('device', made);
  return made;
}

export function deviceName(): string {
  return deviceNameOf(navigator.userAgent);
}
