import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingTable } from '../../../functions/local/settings.ts';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const packageJson: unknown = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

function namesIn(member: string): string[] {
  const found = Object.entries(packageJson ?? {}).find(([name]) => name === member)?.[1];
  return Object.keys(found ?? {});
}

describe('the README', () => {
  it('has the table of settings as the code has it', () => {
    const rows = settingTable.map(
      ({ name, fallback, does }) =>
        `| \`${name}\` | ${fallback === '' ? 'none' : `\`${fallback}\``} | ${does} |`,
    );
    const table = /<!-- settings -->\n(.*)<!-- \/settings -->/s
      .exec(readme)?.[1]
      ?.trim()
      .split('\n')
      .slice(2);
    expect(table).toEqual(rows);
  });

  it('gives a reason for every library that is installed to run it', () => {
    for (const library of namesIn('dependencies')) expect(readme).toContain(`\`${library}\``);
  });

  it('names only npm scripts that exist', () => {
    const scripts = namesIn('scripts');
    for (const [, run, name] of readme.matchAll(/npm (run )?(?!ci\b)([a-z:-]+)/g)) {
      if (run !== undefined || name === 'start' || name === 'test') expect(scripts).toContain(name);
    }
  });
});
