import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { librariesIn } from '../../support/import-rules.ts';

const root = new URL('../../../', import.meta.url).pathname;

function librariesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:tsx?|js)$/.test(name) && !name.endsWith('.d.ts'))
    .flatMap((name) => librariesIn(readFileSync(join(root, folder, name), 'utf8')));
}

const packageJson: { dependencies: Record<string, string>; devDependencies: Record<string, string> } =
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');

describe('the dependencies', () => {
  it('of the product are installed with it, and no others', () => {
    // The loader of `npm start`, and what @hono/zod-openapi asks to be installed beside it: imported by no file of ours.
    const unnamed = ['tsx', 'zod'];
    const imported = new Set([...librariesOf('functions'), ...librariesOf('shared'), ...unnamed]);
    expect(Object.keys(packageJson.dependencies).toSorted()).toEqual([...imported].toSorted());
  });

  it('of the stack are not installed with the product, but for what builds both', () => {
    for (const library of librariesOf('infra').filter((each) => each !== 'esbuild')) {
      expect(Object.keys(packageJson.devDependencies), library).toContain(library);
    }
  });

  it('of the tests are all declared', () => {
    const declared = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)];
    for (const library of librariesOf('test')) expect(declared).toContain(library);
  });

  it('are locked by their content, and by no address', () => {
    expect(lock).toContain('"integrity": "sha512-');
    expect(lock).not.toMatch(/"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/);
  });

  it('are each named in the README, with their licence', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const chapter = /## What it stands on\n(.*?)\n## /s.exec(`${readme}\n## `)?.[1] ?? '';
    const rows = chapter.split('\n').filter((line) => line.startsWith('| `'));
    const told = new Map(
      rows.flatMap((row) => {
        const [, names = '', , licences = ''] = row.split('|');
        return [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, licences.trim()] as const);
      }),
    );
    const own = [...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)];
    const toTell = own.filter((name) => !name.startsWith('@types/'));
    expect([...told.keys()].toSorted()).toEqual(toTell.toSorted());
    for (const name of toTell) {
      const { license } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
      expect(told.get(name)?.split(', '), name).toContain(String(license).replace(/^.* OR /, ''));
    }
  });
});
