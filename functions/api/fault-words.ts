import type { z } from '@hono/zod-openapi';

/** What is wrong with a member, said to whoever wrote it, where its schema has no words of its own. */
export const faultWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return measured(issue.origin, issue.exact ? 'exactly' : 'at least', issue.minimum);
    case 'too_big':
      return measured(issue.origin, issue.exact ? 'exactly' : 'at most', issue.maximum);
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_union':
      return Array.isArray(issue['options']) ? oneOf(issue['options']) : undefined;
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be a point in time, such as 2026-12-01T12:00:00Z'
        : undefined;
    default:
      return undefined;
  }
};

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** What is counted of it; numbers are what they are. */
const units: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  record: ['member', 'members'],
};

function measured(origin: string, limit: string, count: number | bigint): string {
  const [one, more] = units[origin] ?? [];
  return one === undefined
    ? `must be ${limit} ${count}`
    : `must have ${limit} ${count} ${count === 1 ? one : more}`;
}

function oneOf(values: readonly unknown[]): string {
  const written = values.map((each) => JSON.stringify(each)).join(', ');
  return values.length === 1 ? `must be ${written}` : `must be one of ${written}`;
}
