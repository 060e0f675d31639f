import { createHash } from 'node:crypto';
import { domainToUnicode } from 'node:url';
import { normaliseAddress } from './addresses.ts';

/**
 * What stands for an address in `COI-From-Hash` fields: SHA3-256 of the address without quotes, in lower case, as UTF-8
 * (COI client spec, "Contact Storage Message Headers"), in hex as the spec's examples have it. Of an international domain
 * both spellings give the same: the spec is silent, and the readable one is what users and Dovecot compare.
 */
export function addressHash(address: string): string {
  const plain = normaliseAddress(address.replaceAll('"', '')).normalize('NFC');
  return createHash('sha3-256').update(readableDomain(plain), 'utf8').digest('hex');
}

/**
 * A hash as somebody wrote it, in hex: the COI client spec writes hex, Dovecot base64 without `=`, and URLs base64url.
 * Undefined for anything that is not 32 bytes in one of them.
 */
export function parseAddressHash(text: string): string | undefined {
  const word = text.trim();
  if (/^[0-9a-f]{64}$/i.test(word)) return word.toLowerCase();
  if (!/^(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/.test(word)) return undefined;
  // Node reads both alphabets.
  return Buffer.from(word, 'base64').toString('hex');
}

function readableDomain(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  if (!/(?:^|\.)xn--/.test(domain)) return address;
  return address.slice(0, at + 1) + (domainToUnicode(domain) || domain);
}
