import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './bundle.ts';
import { type BundledLibrary, bundledLibraries } from './third-party.ts';

/** The page of other people's work, `.github/THIRD-PARTY.md`: what is deployed with its licences, and what is installed beside it. */
export function thirdPartyPage(): string {
  const bundled = bundledLibraries();
  const names = new Set(bundled.map(({ name }) => name));
  const installed = installedLibraries().filter(({ name }) => !names.has(name));
  return (
    [
      "# Other people's work",
      'Made by `npm run third-party`; a test holds it to the lock file and to what esbuild bundles.',
      '## What is in the deployed bundles',
      'KB, minified, in each bundle that has it.',
      bundledTable(bundled),
      '## What `npm ci --omit=dev` installs besides',
      'For `npm start`, and what builds the bundles. It comes from its authors, with its licences.',
      installed.map(({ name, licence }) => `- \`${name}\`: ${licence}`).join('\n'),
      '## Licences of what is in the bundles',
      ...licenceSections(bundled),
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

function bundledTable(bundled: readonly BundledLibrary[]): string {
  const rows = bundled.map(({ name, licence, bytes }) => {
    const sizes = [...bytes].map(
      ([bundle, size]) => `${bundle} ${(size / 1000).toFixed(size < 10_000 ? 1 : 0)}`,
    );
    return `| \`${name}\` | ${licence} | ${sizes.join(', ')} |`;
  });
  return ['| library | licence | KB in |', '| --- | --- | --- |', ...rows].join('\n');
}

/** One section for each text, with all libraries that it came with; of those without one, what their package says. */
function licenceSections(bundled: readonly BundledLibrary[]): readonly string[] {
  const namesOf = new Map<string, string[]>();
  for (const { name, licence, texts } of bundled) {
    for (const text of texts.length === 0 ? [`${licence} (the package brings no text)`] : texts) {
      namesOf.set(text, [...(namesOf.get(text) ?? []), name]);
    }
  }
  return [...namesOf].map(([text, names]) => `### ${names.join(', ')}\n\n\`\`\`text\n${text}\n\`\`\``);
}

/** By the lock file, without what is for one kind of machine only: that differs from machine to machine. */
function installedLibraries(): readonly { readonly name: string; readonly licence: string }[] {
  const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
    readFileSync(join(projectDir, 'package-lock.json'), 'utf8'),
  );
  const found = new Map<string, string>();
  for (const [path, { dev, devOptional, os, cpu, license }] of Object.entries(lock.packages)) {
    const name = /.*node_modules\/(.+)$/.exec(path)?.[1];
    if (name === undefined || dev || devOptional || os || cpu) continue;
    found.set(name, license ?? 'no licence named');
  }
  return [...found]
    .map(([name, licence]) => ({ name, licence }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

type LockedPackage = {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly license?: string;
};
