import { describe, expect, it } from 'vitest';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { isHeld, mayTake } from '../../../shared/flows/watch/worker-rules.ts';
import type { Worker } from '../../../shared/store/items.ts';

const now = 1_000_000_000;
const holder: Worker = {
  id: 'holder',
  state: 'running',
  instance: 'process',
  capacity: 10,
  sessions: 1,
  partitions: [3],
  version: 1,
  aliveUntil: now + 10_000,
  drainsAt: undefined,
};
const lease = { partition: 3, workerId: 'holder', generation: 7 };

describe('a partition', () => {
  it.each([
    ['was never held', undefined, holder, true],
    ['was given up', { ...lease, workerId: undefined }, undefined, true],
    ['is its own', { ...lease, workerId: 'me' }, undefined, true],
    ['is held by a living worker', lease, holder, false],
    ['is held by one that has ended', lease, undefined, true],
    ['is held by one that died', lease, { ...holder, aliveUntil: now - 60_000 }, true],
    [
      'is held by one that seems dead by a clock that differs',
      lease,
      { ...holder, aliveUntil: now - 4_000 },
      false,
    ],
    ['is handed over', lease, { ...holder, state: 'draining' as const }, true],
    ['was taken from its holder by the tick', lease, { ...holder, partitions: [4] }, true],
  ])('that %s may be taken: as follows', (_, of, by, may) => {
    expect(mayTake(of, by, 'me', now)).toBe(may);
  });

  it.each([
    ['nobody ever held it', undefined, [holder], false],
    ['it was given up', { ...lease, workerId: undefined }, [holder], false],
    ['its holder lives', lease, [holder], true],
    ['its holder hands over', lease, [{ ...holder, state: 'draining' as const }], true],
    ['its holder died', lease, [{ ...holder, aliveUntil: now - 60_000 }], false],
    ['its holder is gone', lease, [], false],
  ])('of which %s is polled meanwhile, or not', (_, of, workers, held) => {
    expect(isHeld(of, workers, now)).toBe(held);
  });
});

describe('whether an account is polled', () => {
  const hour = 3_600_000;
  it.each([
    ['auto', 'auto', 1, 'idle', false],
    ['auto', 'auto', 100, 'idle', false],
    ['auto', 'auto', 1, 'idle-while-active', false],
    ['auto', 'auto', 47, 'idle-while-active', false],
    ['auto', 'auto', 49, 'idle-while-active', true],
    ['idle', 'auto', 100, 'idle-while-active', false],
    ['poll', 'auto', 1, 'idle', true],
    ['poll', 'idle', 1, 'idle-while-active', false],
    ['idle', 'poll', 1, 'idle', true],
    ['serverpush', 'idle', 1, 'idle', true],
  ] as const)(
    'that wants %s, at a host with %s, %i h after its last mail (%s): %s',
    (mode, host, hours, autoMeans, polled) => {
      expect(isPolled({ mode, lastActivityAt: now - hours * hour }, host, autoMeans, now)).toBe(polled);
    },
  );
});
