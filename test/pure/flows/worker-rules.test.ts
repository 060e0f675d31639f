import { describe, expect, it } from 'vitest';
import { limits } from '../../../shared/core/limits.ts';
import { isPolled } from '../../../shared/flows/watch/watch-mode.ts';
import { isHeld, isOrphan, mayTake } from '../../../shared/flows/watch/worker-rules.ts';
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
const lease = { partition: 3, workerId: 'holder', generation: 7, releasedAt: undefined };

describe('a partition', () => {
  it.each([
    ['was never held', undefined, holder, true],
    ['was given up', { ...lease, workerId: undefined }, undefined, true],
    ['is its own', { ...lease, workerId: 'me' }, undefined, true],
    ['is held by a living worker', lease, holder, false],
    ['is held by one that has ended', lease, undefined, true],
    ['is held by one that was found dead', lease, { ...holder, state: 'dead' as const }, true],
    ['is held by one whose clock is far behind', lease, { ...holder, aliveUntil: now - 60_000 }, false],
    ['is handed over', lease, { ...holder, state: 'draining' as const }, true],
    ['was taken from its holder by the tick', lease, { ...holder, partitions: [4] }, true],
  ])('that %s may be taken: as follows', (_, of, by, may) => {
    expect(mayTake(of, by, 'me')).toBe(may);
  });

  const minute = 60_000;
  const released = { ...lease, workerId: undefined };
  const dead = { ...holder, state: 'dead' as const, partitions: [] };
  it.each([
    ['nobody ever held it', undefined, [holder], 'waits'],
    ['its holder lives', lease, [holder], 'held'],
    ['its holder hands over', lease, [{ ...holder, state: 'draining' as const }], 'held'],
    ['its holder holds on to it until somebody has room', lease, [{ ...holder, partitions: [4] }], 'waits'],
    ['it was given up a while ago', { ...released, releasedAt: now - minute }, [holder], 'polled at once'],
    ['it was given up long ago', { ...released, releasedAt: now - limits.orphanPollMs }, [holder], 'waits'],
    ['its holder was found dead', lease, [{ ...dead, aliveUntil: now - minute }], 'polled at once'],
    ['its holder died long ago', lease, [{ ...dead, aliveUntil: now - limits.orphanPollMs }], 'waits'],
    ['its holder is gone', lease, [], 'waits'],
  ])('of which %s: its accounts are held, wait, or are polled at once', (_, of, workers, expected) => {
    const byId = new Map(workers.map((worker) => [worker.id, worker]));
    const state = isHeld(of, byId) ? 'held' : isOrphan(of, byId, now) ? 'polled at once' : 'waits';
    expect(state).toBe(expected);
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
