import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardOf } from '../../../functions/schedule/shard-of.ts';
import { loadsOfAll, partitionsOfShard } from '../../../shared/flows/watch/tick-shards.ts';

const anyParts = fc.record({
  of: fc.integer({ min: 1, max: 70 }),
  partitions: fc.integer({ min: 1, max: 500 }),
});
const partsOf = (of: number) => Array.from({ length: of }, (_, index) => ({ index, of }));

describe('the parts of a shared tick', () => {
  it('are all partitions together, each once, and differ by one at most', () => {
    fc.assert(
      fc.property(anyParts, ({ of, partitions }) => {
        const parts = partsOf(of).map((part) => partitionsOfShard(part, partitions));
        expect(parts.flat().toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: partitions }, (_, p) => p),
        );
        const sizes = parts.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('give the loads of all partitions when they are put together, whichever noted theirs', () => {
    fc.assert(
      fc.property(
        anyParts,
        fc.array(fc.boolean(), { minLength: 70, maxLength: 70 }),
        ({ of, partitions }, noted) => {
          const parts = partsOf(of).filter(({ index }) => noted[index]);
          const loads = parts.map((part) => ({
            ...part,
            loads: partitionsOfShard(part, partitions).map((p) => p + 1),
          }));
          expect(loadsOfAll(loads, partitions)).toEqual(
            Array.from({ length: partitions }, (_, p) => (noted[p % of] ? p + 1 : 0)),
          );
        },
      ),
    );
  });
});

describe('the event of a tick', () => {
  it('names its part of the work', () => {
    expect(shardOf({ index: 3, of: 4 })).toEqual({ index: 3, of: 4 });
  });

  it('means all of the work when it names none, as those of an older schedule do', () => {
    expect(shardOf(undefined)).toEqual({ index: 0, of: 1 });
    expect(shardOf({ time: 'now' })).toEqual({ index: 0, of: 1 });
  });

  it.each([
    { index: 4, of: 4 },
    { of: 4 },
    { index: -1, of: 4 },
    { index: 0.5, of: 4 },
    { index: '0', of: '4' },
  ])('is refused when it names a part that there is not: %j', (event) =>
    expect(() => shardOf(event)).toThrow(TypeError),
  );
});
