import { describe, expect, it } from 'vitest';
import { Gate } from '../../../shared/core/gate.ts';

/** Work that goes on until it is told to end, and notes who is inside. */
function gateWith(most: number, mostOfOne: number) {
  const gate = new Gate(most, mostOfOne);
  const inside = new Map<string, () => void>();
  const passing: Promise<unknown>[] = [];
  return {
    inside: () => [...inside.keys()],
    come(who: string, name: string, signal?: AbortSignal) {
      const passed = gate.pass(
        name,
        async () => {
          await new Promise<void>((resolve) => inside.set(who, resolve));
          return who;
        },
        signal,
      );
      passing.push(passed);
      return passed;
    },
    async go(who: string) {
      inside.get(who)?.();
      inside.delete(who);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('the gate', () => {
  it('lets in so many at once, and the next ones in their order', async () => {
    const { come, go, inside } = gateWith(2, 2);
    for (const who of ['a', 'b', 'c', 'd']) void come(who, who);
    await go('nobody');
    expect(inside()).toEqual(['a', 'b']);
    await go('b');
    expect(inside()).toEqual(['a', 'c']);
    await go('a');
    expect(inside()).toEqual(['c', 'd']);
  });

  it('lets in so many of one name, and others past them', async () => {
    const { come, go, inside } = gateWith(3, 1);
    void come('a1', 'a');
    void come('a2', 'a');
    void come('b1', 'b');
    await go('nobody');
    expect(inside()).toEqual(['a1', 'b1']);
    await go('a1');
    expect(inside()).toEqual(['b1', 'a2']);
  });

  it('gives what the work gives, and makes room after one that failed', async () => {
    const gate = new Gate(1, 1);
    await expect(gate.pass('a', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.pass('a', async () => 7)).toBe(7);
  });

  it('does nothing for one who gave up waiting, and keeps no place for it', async () => {
    const { come, go, inside } = gateWith(1, 1);
    const abort = new AbortController();
    void come('a', 'x');
    const left = come('b', 'x', abort.signal);
    void come('c', 'x');
    abort.abort();
    expect(await left).toBeUndefined();
    expect(inside()).toEqual(['a']);
    await go('a');
    expect(inside()).toEqual(['c']);
  });
});
