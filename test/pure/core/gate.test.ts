import { setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../shared/core/clock.ts';
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

describe('the gate with a pace', () => {
  /** A clock that stands still until it is moved, and then ends the sleeps that are over. */
  function handClock() {
    let now = 1_000_000;
    const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
    const clock: Clock = {
      now: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const sleeper = {
            until: now + ms,
            wake: () => {
              sleeping.delete(sleeper);
              resolve();
            },
          };
          sleeping.add(sleeper);
          signal?.addEventListener('abort', sleeper.wake, { once: true });
        }),
    };
    return {
      clock,
      sleepers: () => sleeping.size,
      async pass(ms: number) {
        now += ms;
        for (const sleeper of [...sleeping]) if (sleeper.until <= now) sleeper.wake();
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
  }

  async function comings(perMinute: () => number, count: number) {
    const hand = handClock();
    const gate = new Gate(1_000, 1_000, { perMinute, clock: hand.clock });
    let came = 0;
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    const come = (name: string) =>
      gate.pass(
        name,
        async () => {
          came += 1;
        },
        abort.signal,
      );
    for (let i = 0; i < count; i++) void come('a');
    await hand.pass(0);
    return { ...hand, come, abort, came: () => came };
  }

  it('lets in ten seconds’ worth at once, and then so many a minute', async () => {
    const { came, pass, sleepers } = await comings(() => 60, 100);
    expect(came()).toBe(11);
    await pass(5_000);
    expect(came()).toBe(16);
    for (let second = 0; second < 60; second++) await pass(1_000);
    expect(came()).toBe(76);
    expect(sleepers()).toBe(1);
  });

  it('keeps nobody of another name waiting', async () => {
    const { came, come } = await comings(() => 6, 10);
    expect(came()).toBe(2);
    await come('b');
    expect(came()).toBe(3);
  });

  it('goes on with those who waited for room before they waited for the pace', async () => {
    const hand = handClock();
    const gate = new Gate(1, 1, { perMinute: () => 6, clock: hand.clock });
    const leave = await gate.enter('other');
    const came: string[] = [];
    for (const who of ['first', 'second', 'third']) void gate.pass('a', async () => void came.push(who));
    leave?.();
    await hand.pass(0);
    expect(came).toEqual(['first', 'second']);
    await hand.pass(10_000);
    expect(came).toEqual(['first', 'second', 'third']);
  });

  it('follows the pace when it is lowered', async () => {
    let perMinute = 60;
    const { came, pass } = await comings(() => perMinute, 100);
    perMinute = 6;
    for (let second = 0; second < 60; second++) await pass(1_000);
    expect(came()).toBe(11 + 6);
  });

  it('leaves no timer behind for who gave up', async () => {
    const { abort, sleepers, pass } = await comings(() => 6, 10);
    expect(sleepers()).toBe(1);
    abort.abort();
    await pass(0);
    expect(sleepers()).toBe(0);
  });
});

describe('a place in the gate', () => {
  it('is kept until it is given back, once', async () => {
    const gate = new Gate(10, 10);
    const leave = await gate.enter('a', undefined, 1);
    let isSecondIn = false;
    const second = gate.enter('a', undefined, 1).then((left) => {
      isSecondIn = true;
      return left;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isSecondIn).toBe(false);
    leave?.();
    leave?.();
    const secondLeave = await second;
    const third = await gate.enter('b', undefined, 1);
    expect([secondLeave, third]).not.toContain(undefined);
    expect(await gate.enter('a', AbortSignal.timeout(0), 1)).toBeUndefined();
  });
});
