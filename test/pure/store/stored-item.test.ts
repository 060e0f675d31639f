import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  messageKeyOf,
  packMessageKeys,
  partitionOf,
  sessionKey,
  unpackMessageKeys,
} from '../../../shared/store/keys.ts';
import { StoredItem, StoredItemUnreadable } from '../../../shared/store/stored-item.ts';
import { exampleId, exampleMessageKey, now } from '../../support/store-examples.ts';

describe('A stored item', () => {
  it('of a form that this code does not know is refused by kind and form', () => {
    for (const v of [2, undefined, '1']) {
      expect(() => new StoredItem('account', { v })).toThrow(StoredItemUnreadable);
      expect(() => new StoredItem('account', { v })).toThrow(/stored account .* form/);
    }
  });

  it('with a missing or wrong attribute is refused by its name, never by its value', () => {
    const stored = new StoredItem('session', { v: 1, h: 7, s: 'secret', l: ['secret', 1], m: 'secret' });
    for (const read of [
      () => stored.text('missing'),
      () => stored.text('h'),
      () => stored.number('s'),
      () => stored.flag('s'),
      () => stored.texts('l'),
      () => stored.oneOf('s', ['a', 'b']),
      () => stored.bytes('s'),
      () => stored.map('m'),
      () => stored.entries('m'),
      () => stored.maps('l'),
    ]) {
      expect(read).toThrow(StoredItemUnreadable);
      expect(read).not.toThrow(/secret/);
    }
  });
});

describe('Message keys', () => {
  it('come out of their packing as they went in', () => {
    const at = fc.integer({ min: 0, max: 36 ** 9 - 1 });
    const hash = fc
      .uint8Array({ minLength: 6, maxLength: 6 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    fc.assert(
      fc.property(fc.array(fc.tuple(at, hash), { maxLength: 24 }), (parts) => {
        const keys = parts.map(([time, text]) => exampleMessageKey(time, text));
        const packed = packMessageKeys(keys);
        expect(packed).toHaveLength(keys.length * 12);
        expect(unpackMessageKeys(packed)).toEqual(keys);
      }),
    );
  });

  it('of another form are not packed', () => {
    for (const key of ['', 'x', `${exampleMessageKey(now)}x`, exampleMessageKey(now, 'ABC')]) {
      expect(() => packMessageKeys([key])).toThrow();
    }
  });
});

describe('Keys', () => {
  it('cannot be made of ids that would reach into another account’s collection', () => {
    for (const id of ['', 'a#b', '#']) {
      expect(() => sessionKey(id, 's')).toThrow();
      expect(() => sessionKey('a', id)).toThrow();
      expect(() => messageKeyOf(id, 'c', exampleMessageKey(now))).toThrow();
      expect(() => messageKeyOf('a', id, exampleMessageKey(now))).toThrow();
    }
  });

  it('spread accounts evenly over the partitions, always the same way', () => {
    const counts = new Map<number, number>();
    for (let number = 0; number < 16_000; number++) {
      const partition = partitionOf(exampleId(number), 16);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect(counts.size).toBe(16);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
    // Fixed for good: another value would lose every watch that is stored.
    expect(partitionOf('account-1', 1024)).toBe(955);
  });
});
