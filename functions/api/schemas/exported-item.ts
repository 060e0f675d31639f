import type { ExportedItem } from '../../../shared/store/export-account.ts';
import { timeOf } from './common.ts';

/** As it is stored, with its points in time (names that end in `At` or `Until`) as people and other programs read them. */
export function withTimes(item: ExportedItem): { item: string; [name: string]: unknown } {
  return { ...readable(item), item: item.item };
}

function readable(members: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, shownAs(name, value)]));
}

function shownAs(name: string, value: unknown): unknown {
  if (typeof value === 'number' && /(?:At|Until)$|^(?:at|until|date)$/.test(name)) return timeOf(value);
  if (Array.isArray(value)) return value.map((each) => shownAs('', each));
  return typeof value === 'object' && value !== null ? readable(value) : value;
}
