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
});
