import { createECDH, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { publicKeyOfPem } from '../../../shared/push/public-key.ts';
import { createVapidKeys, publicKeyPem } from '../../../shared/push/vapid.ts';

/** From COI WebPush, "VAPID Key". */
const example = [
  '-----BEGIN PUBLIC KEY-----',
  'MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACYHfTQ0biATut1VhK/AW2KmZespz+',
  'DEQ1yH3nvbayCuY=',
  '-----END PUBLIC KEY-----',
];

/** A key with its point compressed: the header of SubjectPublicKeyInfo, then 33 bytes. */
function compressedPem(publicKey: string): string {
  const point = Buffer.from(publicKey, 'base64url');
  const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 33)]);
  const der = Buffer.concat([
    Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
    compressed,
  ]);
  return `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
}

describe('publicKeyOfPem', () => {
  it.each([
    ['as it is in the spec', example.join('\n')],
    ['with a mail server’s line ends', `${example.join('\r\n')}\r\n`],
    ['in one line', example.slice(1, 3).join('')],
  ])('reads the compressed example %s', (_, pem) => {
    const key = publicKeyOfPem(pem) ?? '';
    const point = Buffer.from(key, 'base64url');
    expect(point.length).toBe(65);
    expect(point[0]).toBe(4);
    expect(point.subarray(1, 33).toString('base64')).toBe('YHfTQ0biATut1VhK/AW2KmZespz+DEQ1yH3nvbayCuY=');
    // Only a point on the curve can be agreed with.
    const other = createECDH('prime256v1');
    other.generateKeys();
    expect(other.computeSecret(point)).toHaveLength(32);
  });

  it('gives back every key, compressed or not', () => {
    for (let round = 0; round < 50; round++) {
      const { publicKey } = createVapidKeys();
      expect(publicKeyOfPem(publicKeyPem(publicKey))).toBe(publicKey);
      expect(publicKeyOfPem(compressedPem(publicKey))).toBe(publicKey);
    }
  });

  it.each([
    ['nothing', ''],
    ['no key', 'hello'],
    ['a point that is on no curve', compressedPem(Buffer.alloc(65, 255).toString('base64url'))],
    ['a key of another curve', pemOf('secp384r1')],
    [
      'a key of another kind',
      generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ],
    [
      'a private key',
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['endless text', 'A'.repeat(1_000_000)],
  ])('takes %s for no key', (_, pem) => {
    expect(publicKeyOfPem(pem)).toBeUndefined();
  });
});

function pemOf(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString();
}
