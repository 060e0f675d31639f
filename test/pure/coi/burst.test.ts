import { describe, expect, it } from 'vitest';
import { splitBurst } from '../../../shared/coi/burst.ts';
import { messageKey } from '../../../shared/coi/message-key.ts';
import { limits } from '../../../shared/core/limits.ts';

const now = Date.UTC(2026, 2, 14);
const key = (second: number) => messageKey(now + second * 1000, `<${second}@x.test>`);
const keys = (...seconds: number[]) => seconds.map(key);

describe('a burst', () => {
  it('begins with the fourth message of a minute, one by one or together', () => {
    expect(limits.burstAtOnce).toBe(3);
    const all = keys(0, 10, 20, 30, 40);
    expect(splitBurst(all, all)).toEqual({ first: all.slice(0, 3), rest: all.slice(3) });
    for (const [index, one] of all.entries()) {
      const { first, rest } = splitBurst([one], all);
      expect(index < 3 ? first : rest).toEqual([one]);
    }
  });

  it('is over when fewer came in the last minute', () => {
    const all = keys(0, 1, 2, 60, 61, 62);
    expect(splitBurst(keys(59), keys(0, 1, 2, 59)).rest).toEqual(keys(59));
    expect(splitBurst(keys(60), all).first).toEqual(keys(60));
  });

  it('is also what was waiting for hours and is taken in together', () => {
    const all = keys(0, 3_600, 7_200, 10_800);
    expect(splitBurst(all, all).rest).toEqual(keys(10_800));
  });

  it('leaves a message the same fate when it is taken in again after others came', () => {
    expect(splitBurst(keys(0), keys(0, 1, 2, 3, 4))).toEqual({ first: keys(0), rest: [] });
  });

  it('has begun by the fourth message of one second, whichever of them is taken in last', () => {
    const second = ['a', 'b', 'c', 'd'].map((name) => messageKey(now, `<${name}@x.test>`)).sort();
    for (const last of second) expect(splitBurst([last], second).rest).toEqual([last]);
    expect(splitBurst(second, second).first).toHaveLength(3);
  });
});
