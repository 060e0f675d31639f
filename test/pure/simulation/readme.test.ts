import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { measuredTick } from '../../simulation/measured.ts';
import { costRow, loadRow, wayOf } from '../../simulation/scale-table.ts';
import { simulate } from '../../simulation/simulate.ts';
import { sizes, ways } from '../../simulation/sizes.ts';

const root = new URL('../../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const chapter = /<!-- scale -->\n(.*)<!-- \/scale -->/s.exec(readme)?.[1] ?? '';
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

describe('the README on scale', () => {
  it.each(ways)('has what the simulation gives now, for the smallest size: $watch, $activeShare', (way) => {
    const [accounts] = sizes;
    const size = simulate({ accounts, ...way }, measuredTick);
    expect(chapter, 'run npm run simulate -- --write').toContain(row(loadRow(size)));
    expect(chapter, 'run npm run simulate -- --write').toContain(row(costRow(size)));
  });

  it('tells of all sizes and ways', () => {
    for (const accounts of sizes) {
      for (const way of ways)
        expect(chapter).toContain(`| ${accounts.toLocaleString('en')} | ${wayOf(way)} |`);
    }
  });

  it('shows the picture that is there, readable on any page: it brings no background and no script', () => {
    const path = /!\[[^\]]+\]\(([^)]+scale\.svg)\)/.exec(readme)?.[1] ?? '';
    const picture = readFileSync(new URL(path, root), 'utf8');
    expect(picture).toMatch(/^<svg [^>]*viewBox=/);
    expect(picture).not.toMatch(/<script|<style|NaN|Infinity|undefined/);
  });
});
