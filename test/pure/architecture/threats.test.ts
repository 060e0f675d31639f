import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const chapter = /<!-- threats -->\n(.*)<!-- \/threats -->/s.exec(readme)?.[1] ?? '';
const [, , ...rows] = chapter.trim().split('\n');

it('tells of threats', () => {
  expect(rows.length).toBeGreaterThan(10);
});

it.each(rows)('names a test that there is: %s', (row) => {
  const [, file = '', name = ''] = /`(test\/[^`]+\.test\.ts)`: "([^"]+)" \|$/.exec(row) ?? [];
  expect(existsSync(new URL(file, root)) && file !== '', row).toBe(true);
  const tests = readFileSync(new URL(file, root), 'utf8');
  expect(
    [`'${name}'`, `"${name}"`].some((quoted) => tests.includes(quoted)),
    name,
  ).toBe(true);
});
