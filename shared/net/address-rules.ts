import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `permitted` is not public, but in a range that the operator allows. */
export type Standing = 'public' | 'permitted' | 'forbidden';

export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Whether a text is an address range that `parseRange` takes. */
export function isRange(cidr: string): boolean {
  return ipaddr.isValidCIDR(cidr);
}

/** @throws Error for anything but a CIDR; it is a setting, so the text may be shown. */
export function parseRange(cidr: string): AddressRange {
  if (!ipaddr.isValidCIDR(cidr))
    throw new Error(`"${cidr}" is not an address range like 10.0.0.0/8 or fd00::/8`);
  return ipaddr.parseCIDR(cidr);
}

/**
 * Whether an address lies in one of some ranges; IPv4 addresses written as IPv6 ones (`::ffff:10.0.0.1`) are the same.
 *
 * @throws Error for a malformed range
 */
export function inRanges(cidrs: readonly string[]): (address: string) => boolean {
  const ranges = cidrs.map(parseRange);
  return (address) => isIP(address) !== 0 && isWithin(ipaddr.process(address.replace(/%.*$/, '')), ranges);
}

/** How an IP address stands to us. What cannot be read as a plain address is forbidden. */
export function standingOf(address: string, permitted: readonly AddressRange[]): Standing {
  if (isIP(address) === 0 || address.includes('%')) return 'forbidden';
  // ipaddr.js (2.5.0) reads `::1.2.3.4` as if it were `::ffff:1.2.3.4`, and that is not what is dialled: write it in hex.
  const plain = isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  // An IPv4-mapped address is dialled as the IPv4 address it holds, so that one is judged.
  const parsed = ipaddr.process(plain);
  if (isWithin(parsed, neverPermitted)) return 'forbidden';
  if (isWithin(parsed, permitted)) return 'permitted';
  return isPublic(parsed) ? 'public' : 'forbidden';
}

/**
 * Where clouds hand out credentials to whoever asks from the inside. 168.63.129.16 (Azure) and 192.0.0.192 (Oracle) look
 * public or reserved, the others lie in ranges that an operator may well allow as a whole.
 */
const neverPermitted = [
  '169.254.169.254/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '168.63.129.16/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  'fd00:ec2::254/128',
  'fd00:ec2::23/128',
  'fd20:ce::254/128',
].map(parseRange);

/** RFC 4291 section 2.4 and IANA's registry: all global unicast IPv6 in use lies here; `::127.0.0.1` and its like do not. */
const globalUnicast = parseRange('2000::/3');
/** RFC 6052. An IPv6-only host reaches IPv4 servers through it, so the address inside decides. */
const nat64 = parseRange('64:ff9b::/96');

/**
 * ipaddr.js knows every special range; only what is in none of them is public. That leaves out 6to4 and Teredo as a whole
 * (no mail server lives there, and both carry an IPv4 address), and local-use NAT64 (RFC 8215), where it is unknown
 * which bits hold the IPv4 address.
 */
function isPublic(parsed: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (isWithin(parsed, [nat64])) return isPublic(new ipaddr.IPv4(parsed.toByteArray().slice(-4)));
  if (parsed.kind() === 'ipv6' && !isWithin(parsed, [globalUnicast])) return false;
  return parsed.range() === 'unicast' && !isWithin(parsed, neverPermitted);
}

function isWithin(parsed: ipaddr.IPv4 | ipaddr.IPv6, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits));
}
