import { isIPv6 } from 'node:net';
import type { Context } from 'hono';

/** Tells from which address a request came; undefined where that is not known. */
export type AddressOf = (c: Context) => string | undefined;

/**
 * The network a request came from, as far as one person has it for themselves: the address, of IPv6 the /64 of it, of
 * which every household has all addresses.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  // The URL parser writes an address in one way only; what `::` stands for is filled in.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
}
