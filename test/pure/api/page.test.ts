import { z } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../functions/api/page.ts';
import { Fault } from '../../../shared/core/faults.ts';

const position = z.tuple([z.int(), z.string()]);

describe('cursors', () => {
  it('come back as they were given out, and fit into a URL', () => {
    const cursor = encodeCursor('conversations', [1_795_400_000_123, 'an id ü']);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodeCursor('conversations', cursor, position)).toEqual([1_795_400_000_123, 'an id ü']);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['an object', Buffer.from('{"a":1}').toString('base64url')],
    ['the cursor of another list', encodeCursor('messages', [1, 'a'])],
    ['too few members', encodeCursor('conversations', [1])],
    ['too many members', encodeCursor('conversations', [1, 'a', 'b'])],
    ['wrong members', encodeCursor('conversations', ['a', 1])],
  ])('are refused when they hold %s', (_, cursor) => {
    expect(() => decodeCursor('conversations', cursor, position)).toThrow(Fault);
  });
});
