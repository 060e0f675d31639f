import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressHash, parseAddressHash } from '../../../shared/coi/address-hash.ts';

const john = '74b3c446c189580045a942b90b7461128bc334b3b67e9f63c0c06189248c9bb0';

describe('the hash of an address', () => {
  it.each([
    // Both from the COI client spec; Keccak-256, which libraries call SHA-3 too, gives others.
    ['john.doe@coi-dev.org', john],
    ['john.doe@example.com', '834d1654133366cef4d81e81a7099f413b1b85b9fc9dd62140491303dec56532'],
  ])('of %s is that of the spec', (address, hash) => {
    expect(addressHash(address)).toBe(hash);
  });

  it.each([
    ['John.DOE@COI-dev.org', 'john.doe@coi-dev.org'],
    [' john.doe@coi-dev.org ', 'john.doe@coi-dev.org'],
    ['"john.doe"@coi-dev.org', 'john.doe@coi-dev.org'],
    ['ju\u0308rgen@example.org', 'jürgen@example.org'],
    ['anna@BU\u0308CHER.example', 'anna@bücher.example'],
    ['anna@xn--bcher-kva.example', 'anna@bücher.example'],
    ['anna@XN--BCHER-KVA.example', 'anna@bücher.example'],
  ])('is the same for %s and %s', (one, other) => {
    expect(addressHash(one)).toBe(addressHash(other));
  });

  it('is another for another address', () => {
    const addresses = ['a@example.org', 'a@example.com', 'b@example.org', 'a@xn--.example', 'a', ''];
    expect(new Set(addresses.map(addressHash)).size).toBe(addresses.length);
  });
});

describe('a written hash', () => {
  it.each([
    john,
    john.toUpperCase(),
    ` ${john}\t`,
    'dLPERsGJWABFqUK5C3RhEovDNLO2fp9jwMBhiSSMm7A',
    'dLPERsGJWABFqUK5C3RhEovDNLO2fp9jwMBhiSSMm7A=',
  ])('is read from %j', (text) => {
    expect(parseAddressHash(text)).toBe(john);
  });

  it.each([
    '',
    john.slice(1),
    `${john}0`,
    `${john.slice(1)}g`,
    'dLPERsGJWABFqUK5C3RhEovDNLO2fp9jwMBhiSSMm7',
    'a+_'.padEnd(43, 'a'),
  ])('is not read from %j', (text) => {
    expect(parseAddressHash(text)).toBeUndefined();
  });

  it('is the same in hex, base64 and base64url', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const hex = buffer.toString('hex');
        for (const encoding of ['hex', 'base64', 'base64url'] as const) {
          expect(parseAddressHash(buffer.toString(encoding))).toBe(hex);
        }
      }),
    );
  });
});
