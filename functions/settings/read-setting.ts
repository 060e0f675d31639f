import type { Kind } from './setting-kinds.ts';

/**
 * Reads one setting; without a text it is its fallback. What is wrong with the text goes to `faults`, and the fallback
 * stands in, so that reading goes on and all faults are told at once.
 */
export function readSetting<T>(
  { name, kind, fallback }: { readonly name: string; readonly kind: Kind<T>; readonly fallback: string },
  text: string,
  faults: string[],
): T {
  const given = text.trim() || fallback;
  const parsed = kind(given);
  if ('value' in parsed) return parsed.value;
  faults.push(`${name}: ${parsed.wants}, not "${given}"`);
  const standIn = kind(fallback);
  if ('value' in standIn) return standIn.value;
  throw new Error(`${name} has a fallback that it would not take itself`);
}
