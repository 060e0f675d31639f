import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRecord } from '../../../shared/core/outside-data.ts';

const root = new URL('../../../', import.meta.url).pathname;
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const pagesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = ['README.md', ...['.github', 'functions', 'infra', 'shared', 'test'].flatMap(pagesIn)];

/** Names in backticks that look like a file or folder of the project; `NAME` stands for one that is yet to be made. */
function pathsNamedIn(page: string): string[] {
  const top = /^(?:functions|infra|shared|test|\.github|\.ci)\/[\w./*-]+$/;
  const ofShared = new RegExp(`^(?:${readdirSync(join(root, 'shared')).join('|')})/[\\w./*-]+$`);
  return [...text(page).matchAll(/`([^`\s]+)`/g)].flatMap(([, name = '']) => {
    if (name.includes('NAME')) return [];
    if (top.test(name)) return [name];
    return page.startsWith('shared/') && ofShared.test(name) ? [`shared/${name}`] : [];
  });
}

function isThere(path: string): boolean {
  if (existsSync(join(root, path)) || existsSync(join(root, `${path}.ts`))) return true;
  if (!path.includes('*')) return false;
  const folder = join(root, dirname(path));
  const pattern = new RegExp(`^${basename(path).replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  return existsSync(folder) && readdirSync(folder).some((name) => pattern.test(name));
}

describe.each(pages)('%s', (page) => {
  it('names only files and folders that there are', () => {
    expect(pathsNamedIn(page).filter((path) => !isThere(path))).toEqual([]);
  });

  it('links only to what there is', () => {
    const links = [...text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(
      ([, link = '']) => link,
    );
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const { scripts } = JSON.parse(text('package.json'));
    const named = [...text(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !isRecord(scripts) || !(name in scripts))).toEqual([]);
  });
});
