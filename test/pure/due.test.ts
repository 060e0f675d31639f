import { describe, expect, it } from 'vitest';
import { limits } from '../../shared/core/limits.ts';
import { isPollDue, isSampled, pollIntervalMinutes } from '../../shared/flows/watch/due.ts';

const minute = 60_000;
const now = Date.UTC(2026, 10, 22, 12, 0);

describe('when a mailbox is polled', () => {
  it.each([
    [0, 1],
    [9, 1],
    [19, 1],
    [20, 2],
    [40, 4],
    [79, 4],
    [80, 8],
    [160, 16],
    [300, 16],
    [320, 30],
    [100_000, 30],
  ])('after %i silent minutes it is polled every %i minutes', (silent, interval) => {
    expect(pollIntervalMinutes(now - silent * minute, now)).toBe(interval);
  });

  it('is due exactly once in every interval, whatever the account', () => {
    for (const accountId of ['a', 'b', 'c', 'd']) {
      const silentSince = now - 100_000 * minute;
      const due = Array.from({ length: 90 }, (_, i) => isPollDue(accountId, silentSince, now + i * minute));
      expect(due.filter(Boolean)).toHaveLength(3);
    }
  });

  it('spreads accounts over the minutes of an interval', () => {
    const minutes = new Set<number>();
    for (let account = 0; account < 200; account++) {
      for (let i = 0; i < 30; i++) {
        if (isPollDue(`account-${account}`, 0, now + i * minute)) minutes.add(i);
      }
    }
    expect(minutes.size).toBe(30);
  });
});

describe('which held mailboxes are looked into beside their connections', () => {
  const accounts = Array.from({ length: 2_000 }, (_, each) => `account-${each}`);
  const sampledAt = (at: number) => accounts.filter((accountId) => isSampled(accountId, at));

  it('about one in a hundred each minute, and each once in a hundred minutes', () => {
    const minutes = Array.from({ length: limits.sampleMinutes }, (_, each) => sampledAt(now + each * minute));
    for (const sampled of minutes) {
      expect(sampled.length).toBeGreaterThan(2);
      expect(sampled.length).toBeLessThan(50);
    }
    expect(minutes.flat().toSorted()).toEqual(accounts.toSorted());
    expect(sampledAt(now + limits.sampleMinutes * minute)).toEqual(minutes[0]);
  });
});
