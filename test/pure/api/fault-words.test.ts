import { z } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';
import { faultWords } from '../../../functions/api/fault-words.ts';
import { fieldFaults } from '../../../functions/api/validation.ts';
import { invalidFields } from '../../../shared/core/faults.ts';

describe('what is said of a wrong member', () => {
  const schema = z.object({
    name: z.string().min(2).max(3),
    age: z.number().min(1).max(9),
    tags: z.array(z.string()).max(1),
    on: z.boolean(),
    when: z.iso.datetime(),
    way: z.enum(['in', 'out']),
    kind: z.literal('x'),
    mail: z.string().regex(/@/, 'must be a mail address'),
    of: z.discriminatedUnion('type', [
      z.object({ type: z.literal('a') }),
      z.object({ type: z.literal('b') }),
    ]),
  });
  const right = {
    ...{ name: 'ab', age: 1, tags: [], on: true, when: '2026-12-01T12:00:00Z', way: 'in', kind: 'x' },
    ...{ mail: 'a@b', of: { type: 'a' } },
  };
  const faultsOf = (value: unknown) => {
    const { error } = schema.safeParse(value, { error: faultWords });
    return error === undefined ? [] : fieldFaults(error);
  };

  it('is nothing of what is right', () => expect(faultsOf(right)).toEqual([]));

  it.each([
    [{ name: undefined }, 'name is missing'],
    [{ name: 1 }, 'name must be a text'],
    [{ name: 'a' }, 'name must have at least 2 characters'],
    [{ name: 'abcd' }, 'name must have at most 3 characters'],
    [{ age: Number.NaN }, 'age must be a number'],
    [{ age: 0 }, 'age must be at least 1'],
    [{ age: 10 }, 'age must be at most 9'],
    [{ tags: 'a' }, 'tags must be a list'],
    [{ tags: ['a', 'b'] }, 'tags must have at most 1 entry'],
    [{ on: 'yes' }, 'on must be true or false'],
    [{ when: 'soon' }, 'when must be a point in time, such as 2026-12-01T12:00:00Z'],
    [{ way: 'up' }, 'way must be one of "in", "out"'],
    [{ kind: 'y' }, 'kind must be "x"'],
    [{ mail: 'b' }, 'mail must be a mail address'],
    [{ of: { type: 'c' } }, 'of.type must be one of "a", "b"'],
  ])('%o: %s', (change, words) => {
    expect(faultsOf({ ...right, ...change }).map(({ field, message }) => `${field} ${message}`)).toEqual([
      words,
    ]);
  });

  it('stands in the detail too, for clients that show nothing else, as far as it is short', () => {
    const many = faultsOf({ ...right, name: 1, age: 0, on: 1, kind: 'y' });
    expect(many).toHaveLength(4);
    expect(invalidFields(many).message).toBe(
      'The request is not valid: name must be a text; age must be at least 1; on must be true or false; and more.',
    );
  });
});
