import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { padPayload } from '../../../shared/push/padding.ts';

describe('a padded payload', () => {
  it.each([
    [2, 512],
    [511, 512],
    [512, 512],
    [513, 1024],
    [1025, 2048],
    [2049, limits.pushPayloadBytes],
    [limits.pushPayloadBytes, limits.pushPayloadBytes],
    [limits.pushPayloadBytes + 1, limits.pushPayloadBytes + 1],
  ])('of %i bytes has %i', (bytes, padded) => {
    expect(padPayload(jsonOf(bytes))).toHaveLength(padded);
  });

  it.each([
    [2, 512],
    [1025, 2048],
    [2049, 2641],
    [2642, 2642],
  ])('of %i bytes has %i where the push service takes 2641', (bytes, padded) => {
    expect(padPayload(jsonOf(bytes), 2641)).toHaveLength(padded);
  });

  it('never has more than a push service takes', () => {
    for (const limit of [40, 512, 600, 1024, 2048, 2641, 2800, limits.pushPayloadBytes])
      for (let bytes = 2; bytes <= limit; bytes += 7)
        expect(padPayload(jsonOf(bytes), limit).length).toBeLessThanOrEqual(limit);
  });

  it('is the same JSON', () => {
    const value = { 'from-name': 'Zoë 🎈', preview: ' x ' };
    expect(JSON.parse(padPayload(Buffer.from(JSON.stringify(value))).toString())).toEqual(value);
  });
});

function jsonOf(bytes: number): Buffer {
  return Buffer.from(JSON.stringify('x'.repeat(bytes - 2)));
}
