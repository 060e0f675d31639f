import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What a text names as a host: an IP address in its plain spelling, or a DNS name in lower-case ASCII. */
export type HostName =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'name'; readonly name: string };

/** RFC 1035 section 2.3.4, without the trailing dot. */
const nameLength = 253;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a host as it is given to a connection: no port, no user, no path; IPv6 with or without brackets, never with a
 * zone. `undefined` for anything else, above all for what is no address in its plain spelling and would still be read as
 * one by a resolver (`0x7f.1`, `2130706433`, `127.1`, `1。1。1。1`): nobody's mail server is written like that.
 */
export function parseHostName(text: string): HostName | undefined {
  const unbracketed = /^\[([0-9a-f:.]+)\]$/i.exec(text)?.[1];
  const host = unbracketed ?? text;
  // `isIP` takes a zone id, and a zone can only point into the inside.
  if (host.includes('%')) return undefined;
  const version = isIP(host);
  if (version !== 0 && (unbracketed === undefined || version === 6))
    return { kind: 'address', address: host };
  return unbracketed === undefined ? parseDnsName(host) : undefined;
}

function parseDnsName(text: string): HostName | undefined {
  if (text.length > nameLength + 1 || /[^\p{L}\p{M}\p{N}._-]/u.test(text)) return undefined;
  const name = domainToASCII(text.endsWith('.') ? text.slice(0, -1) : text);
  const labels = name.split('.');
  if (name.length > nameLength || isIP(name) !== 0 || !labels.every((part) => label.test(part))) {
    return undefined;
  }
  // The URL standard's "ends in a number": resolvers read such a name as an address.
  return /^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') ? undefined : { kind: 'name', name };
}
