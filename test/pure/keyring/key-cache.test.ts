import { describe, expect, it } from 'vitest';
import { KeyCache } from '../../../shared/keyring/key-cache.ts';

function cacheOf(entries: number) {
  const opened: string[] = [];
  const clock = { now: () => 0, sleep: async () => undefined };
  const cache = new KeyCache({ entries, keptMs: 1_000 }, clock);
  const get = (name: string) =>
    cache.get(name, async () => {
      opened.push(name);
      return Buffer.from(name);
    });
  return { get, opened };
}

describe('the cache of opened keys', () => {
  it('forgets the one that was longest unused when it is full', async () => {
    const { get, opened } = cacheOf(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await get(name);
    expect(opened).toEqual(['a', 'b', 'c', 'b']);
  });

  it('gives each its own', async () => {
    const { get } = cacheOf(10);
    expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual(
      ['a', 'b', 'a'].map((name) => Buffer.from(name)),
    );
  });
});
