import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../shared/core/fair-queue.ts';

const nameOf = (item: string) => item.slice(0, 1);
const many = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('work of several names', () => {
  it('is taken in turns, in the order in which it came of each', () => {
    const queue = new FairQueue(['a0', 'a1', 'a2', 'b0', 'c0'], nameOf);
    expect(Array.from({ length: 6 }, () => queue.take()?.item)).toEqual([
      'a0',
      'b0',
      'c0',
      'a1',
      'a2',
      undefined,
    ]);
  });

  it('that hangs leaves half of the hands to what is done, and gets them when nothing else waits', () => {
    const queue = new FairQueue([...many('a', 200), ...many('b', 20)], nameOf);
    const hands = 20;
    const hanging: string[] = [];
    const done: string[] = [];
    const busy: { readonly item: string; readonly done: () => void }[] = [];
    while (done.length < 20) {
      while (busy.length + hanging.length < hands) {
        const next = queue.take();
        if (next === undefined) throw new Error('nothing left');
        if (nameOf(next.item) === 'a') hanging.push(next.item);
        else busy.push(next);
      }
      expect(busy.length).toBeGreaterThan(0);
      for (const { item, done: end } of busy.splice(0)) {
        done.push(item);
        end();
      }
      // Once b has nothing left that waits, a may have all.
      if (done.length < 20) expect(hanging.length).toBeLessThanOrEqual(hands / 2);
    }
    expect(done).toEqual(many('b', 20));
    expect(nameOf(queue.take()?.item ?? '')).toBe('a');
  });

  it('of three names, two of which hang, leaves a third of the hands to the third', () => {
    const queue = new FairQueue([...many('a', 99), ...many('b', 99), ...many('c', 9)], nameOf);
    const taken = Array.from({ length: 21 }, () => queue.take());
    const ofC = taken.filter((each) => nameOf(each?.item ?? '') === 'c');
    expect(ofC).toHaveLength(7);
    ofC[0]?.done();
    expect(queue.take()?.item).toBe('c7');
  });
});
