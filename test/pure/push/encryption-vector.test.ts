import { describe, expect, it } from 'vitest';
import { decryptPush } from '../../../functions/local/demo/push-receiver.ts';

/** RFC 8291 appendix A. The receiver that our pushes are tested against must itself be right. */
const subscriber = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
};
const message =
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl' +
  '7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';

describe("the tests' push receiver", () => {
  it('decrypts the example of RFC 8291', () => {
    const text = decryptPush(subscriber, Buffer.from(message, 'base64url')).toString();
    expect(text).toBe('When I grow up, I want to be a watermelon');
  });

  it('refuses a message that was changed', () => {
    const changed = Buffer.from(message, 'base64url');
    changed.writeUInt8(changed.readUInt8(100) ^ 1, 100);
    expect(() => decryptPush(subscriber, changed)).toThrow();
  });
});
