import { createCipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { open, SealBroken, seal } from '../../../shared/keyring/seal.ts';

const key = randomBytes(32);

describe('A seal', () => {
  it('opens to what was sealed, for any content and context', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), fc.string(), (content, context) => {
        expect(open(key, seal(key, Buffer.from(content), context), context)).toEqual(Buffer.from(content));
      }),
    );
  });

  it('differs each time, so that equal contents do not show', () => {
    const content = Buffer.from('same');
    expect(seal(key, content, 'a')).not.toBe(seal(key, content, 'a'));
  });

  it('does not open in another context or with another key', () => {
    const sealed = seal(key, Buffer.from('x'), 'account-1');
    expect(() => open(key, sealed, 'account-2')).toThrow(SealBroken);
    expect(() => open(randomBytes(32), sealed, 'account-1')).toThrow(SealBroken);
  });

  it('does not open when any bit of nonce, content or tag was turned', () => {
    const bytes = Buffer.from(seal(key, Buffer.from('secret'), 'a').slice('s1.'.length), 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const turned = Buffer.from(bytes);
      turned.writeUInt8(turned.readUInt8(index) ^ 1, index);
      expect(() => open(key, `s1.${turned.toString('base64url')}`, 'a')).toThrow(SealBroken);
    }
  });

  it.each([
    '',
    's1',
    's1.',
    's1.AAAA',
    's2.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'plain text',
    's1.AAAA.AAAA',
  ])('is told from %j', (text) => {
    expect(() => open(key, text, 'a')).toThrow(SealBroken);
  });

  it('takes no shortened tag', () => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 4 });
    cipher.setAAD(Buffer.from('a'));
    const short = Buffer.concat([
      nonce,
      cipher.update('some longer content'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    expect(() => open(key, `s1.${short.toString('base64url')}`, 'a')).toThrow(SealBroken);
  });

  it('never shows its content in an error', () => {
    const sealed = seal(key, Buffer.from('secret'), 'a');
    const attempt = () => open(key, sealed, 'b');
    expect(attempt).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
  });

  it('takes keys of 32 bytes only', () => {
    expect(() => seal(randomBytes(16), Buffer.from('x'), 'a')).toThrow(/32/);
  });
});
