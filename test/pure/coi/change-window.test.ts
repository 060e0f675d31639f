import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChangesTold, readChangeToken, writeChangeToken } from '../../../shared/coi/change-token.ts';
import {
  allTold,
  type Changeable,
  type ChangeWindow,
  changesSince,
  nothingTold,
} from '../../../shared/coi/change-window.ts';
import { limits } from '../../../shared/core/limits.ts';

const overlapMs = 60_000;
const roomy = { overlapMs, remembered: 100, page: 100 };

/** One write: who makes it has a clock that is so far off, and it is there only after a while. */
type Step =
  | { readonly kind: 'write'; readonly id: number; readonly skewMs: number; readonly takesMs: number }
  | { readonly kind: 'look'; readonly skewMs: number }
  | { readonly kind: 'pass'; readonly ms: number };

const skew = fc.integer({ min: -14_000, max: 14_000 });
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      id: fc.integer({ min: 0, max: 11 }),
      skewMs: skew,
      takesMs: fc.integer({ min: 0, max: 3_000 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('look' as const), skewMs: skew }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  },
);

type Client = { known: ChangeWindow; readonly seen: Map<string, number>; twice: number };

/** What a client knows that follows the changes, while others write. */
function follow(steps: readonly Step[], rules: typeof roomy, bytes = false) {
  const stored = new Map<string, Changeable>();
  let waiting: { at: number; id: string; updatedAt: number }[] = [];
  let now = 1_900_000_000_000;
  const client: Client = { known: nothingTold, seen: new Map(), twice: 0 };
  const arrive = () => {
    for (const { id, updatedAt } of waiting.filter(({ at }) => at <= now)) {
      const before = stored.get(id);
      stored.set(id, {
        id,
        updatedAt: Math.max(updatedAt, before?.updatedAt ?? 0),
        version: (before?.version ?? 0) + 1,
      });
    }
    waiting = waiting.filter(({ at }) => at > now);
  };
  const look = (skewMs: number) => {
    for (let pages = 0, more = true; more; pages++) {
      if (pages > 100) throw new Error('there is no end of it');
      const found = changesSince(client.known, [...stored.values()], now + skewMs, rules);
      for (const { id, version } of found.changed) {
        if (client.seen.get(id) === version) client.twice += 1;
        client.seen.set(id, version);
      }
      more = found.more;
      client.known = bytes ? carried(found.next) : found.next;
    }
  };
  for (const each of steps) {
    if (each.kind === 'pass') now += each.ms;
    if (each.kind === 'write')
      waiting.push({ at: now + each.takesMs, id: `c${each.id}`, updatedAt: now + each.skewMs });
    arrive();
    if (each.kind === 'look') look(each.skewMs);
  }
  now += 3_000;
  arrive();
  look(0);
  return { stored: new Map([...stored].map(([id, { version }]) => [id, version])), client };
}

/** As it comes back from a client. */
function carried(conversations: ChangeWindow): ChangeWindow {
  const told = readChangeToken('account', writeChangeToken('account', { ...told0, conversations }));
  if (told === undefined) throw new Error('a token that cannot be read');
  return told.conversations;
}

const told0: ChangesTold = {
  at: 1_900_000_000_000,
  news: { all: 7, contacts: 1 },
  account: '0123456789abcdef',
  conversations: nothingTold,
};

describe('What changed since', () => {
  it('is told completely and once, though clocks differ and writes take their time', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { stored, client } = follow(steps, roomy, true);
        expect(client.seen).toEqual(stored);
        expect(client.twice).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is told completely and page by page, also where more changes at once than is remembered', () => {
    const few = fc.record({
      overlapMs: fc.constant(overlapMs),
      remembered: fc.integer({ min: 1, max: 4 }),
      page: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), few, (steps, rules) => {
        const { stored, client } = follow(steps, rules, true);
        expect(client.seen).toEqual(stored);
      }),
      { numRuns: 1000 },
    );
  });

  it('would miss some without the overlap, so that this test can fail', () => {
    const steps: Step[] = [
      { kind: 'write', id: 1, skewMs: 0, takesMs: 0 },
      { kind: 'write', id: 2, skewMs: -2, takesMs: 1_000 },
      { kind: 'look', skewMs: 0 },
    ];
    expect(follow(steps, { ...roomy, overlapMs: 0 }).client.seen.has('c2')).toBe(false);
    expect(follow(steps, roomy).client.seen.has('c2')).toBe(true);
  });

  it('is nothing for who asked for everything himself', () => {
    const all = Array.from({ length: 300 }, (_, i) => ({
      id: `c${i}`,
      updatedAt: 5_000 + (i % 3),
      version: i,
    }));
    const rules = { ...roomy, remembered: 20, page: 1_000 };
    const known = allTold(all, 6_000, rules);
    expect(changesSince(known, all, 6_000, rules)).toMatchObject({ changed: [], more: false });
    const [first, ...others] = all;
    const changed = [{ id: 'c0', updatedAt: 6_000, version: (first?.version ?? 0) + 1 }, ...others];
    expect(changesSince(known, changed, 6_000, rules).changed.map(({ id }) => id)).toContain('c0');
  });

  it('comes oldest first', () => {
    const all = [9, 3, 7].map((updatedAt) => ({ id: `c${updatedAt}`, updatedAt, version: 1 }));
    const { changed, more } = changesSince(nothingTold, all, 10, { ...roomy, page: 2 });
    expect([changed.map(({ updatedAt }) => updatedAt), more]).toEqual([[3, 7], true]);
  });
});

describe('A token', () => {
  const full = {
    ...told0,
    conversations: allTold(
      Array.from({ length: 500 }, (_, i) => ({ id: `c${i}`, updatedAt: 1_900_000_000_000 + i, version: i })),
      1_900_000_000_500,
      { overlapMs, remembered: limits.changesRemembered, page: limits.changesPage },
    ),
  };

  it('comes back as it was made, and has at most 2 KB', () => {
    for (const told of [told0, full]) {
      const token = writeChangeToken('account', told);
      expect(token).toMatch(/^[A-Za-z0-9_-]{1,2048}$/);
      expect(readChangeToken('account', token)).toEqual(told);
    }
  });

  it('is refused where it is cut, made up, or of another account', () => {
    const token = writeChangeToken('account', full);
    expect(readChangeToken('another', token)).toBeUndefined();
    expect(readChangeToken('account', token.slice(0, -3))).toBeUndefined();
    expect(readChangeToken('account', token.replace(/^./, 'B'))).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readChangeToken('account', text)).toBeUndefined();
      }),
    );
  });
});
