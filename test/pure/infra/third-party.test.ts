import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bundledLibraries } from '../../../infra/third-party.ts';
import { thirdPartyPage } from '../../../infra/third-party-page.ts';

const page = readFileSync(new URL('../../../.github/THIRD-PARTY.md', import.meta.url), 'utf8');
/** Names become shorter or longer with each change of ours, and bytes with them. */
const withoutSizes = (text: string) => text.replaceAll(/(?<=^\| `.*)\b[\d.]+(?=[,| ])/gm, 'n');

describe('the page of other people’s work', () => {
  it('has every library, its licence and where it is', () => {
    expect(withoutSizes(page)).toBe(withoutSizes(thirdPartyPage()));
  });

  it('has no licence among what is deployed that wants more than to be named', () => {
    const free = ['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'MIT/X11'];
    // MPL-2.0 asks for the source of its own files, which are used as they are.
    const known = [...free, 'MPL-2.0', '(MIT OR EUPL-1.1+)'];
    const others = bundledLibraries().filter(({ licence }) => !known.includes(licence));
    expect(others.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
  });
});
