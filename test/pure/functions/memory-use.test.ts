import { describe, expect, it } from 'vitest';
import { memoryUse } from '../../../functions/idle/memory-use.ts';

const [megabyte, gigabyte] = [1024 ** 2, 1024 ** 3];
const memory = { used: 256 * megabyte, constrained: 0, ofMachine: 8 * gigabyte };

describe('the share of its memory that a worker uses', () => {
  it.each([
    ['what Lambda gives it', 512, memory, 0.5],
    ['what its container has', undefined, { ...memory, constrained: gigabyte }, 0.25],
    ['the machine, where nothing else is known', undefined, memory, 1 / 32],
    ['the machine, where a container has no limit', undefined, { ...memory, constrained: 2 ** 64 }, 1 / 32],
    ['the machine, where Lambda says nothing', Number.NaN, memory, 1 / 32],
  ])('is of %s', (_, limitMb, given, share) => {
    expect(memoryUse(limitMb, given)).toBe(share);
  });

  it('is its own, and is below its whole', () => {
    expect(memoryUse(undefined)).toBeGreaterThan(0);
    expect(memoryUse(undefined)).toBeLessThan(1);
  });
});
