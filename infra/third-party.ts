import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { functionDefinitions, vapidKeyDefinition } from '../functions/definitions.ts';
import { webBundleOptions, webEntries } from '../functions/web/build.ts';
import { projectDir } from './bundle.ts';
import { bundleOptionsFor } from './bundle-options.ts';

export type BundledLibrary = {
  readonly name: string;
  readonly licence: string;
  /** Minified bytes by bundle. */
  readonly bytes: ReadonlyMap<string, number>;
  /** The texts that its licence wants to go along with it. */
  readonly texts: readonly string[];
};

/** The libraries that are part of what is deployed, by name. Takes a second: all bundles are made for it. */
export function bundledLibraries(): readonly BundledLibrary[] {
  const found = new Map<string, Map<string, number>>();
  for (const [bundle, metafile] of metafiles()) {
    for (const [name, bytes] of bytesByLibrary(metafile)) {
      const bundles = found.get(name) ?? new Map<string, number>();
      found.set(name, bundles.set(bundle, (bundles.get(bundle) ?? 0) + bytes));
    }
  }
  return [...found]
    .map(([name, bytes]) => ({ name, bytes, licence: licenceOf(name), texts: licenceTexts(name) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function* metafiles(): Generator<readonly [string, Metafile]> {
  for (const [name, { entry }] of Object.entries({
    ...functionDefinitions,
    'vapid-key': vapidKeyDefinition,
  })) {
    yield [name, metafileOf({ ...bundleOptionsFor(entry), absWorkingDir: projectDir, entryPoints: [entry] })];
  }
  for (const entry of webEntries) yield ['web', metafileOf(webBundleOptions(entry))];
}

function metafileOf(options: BuildOptions): Metafile {
  return buildSync({ ...options, outdir: '/', write: false, metafile: true, logLevel: 'error' }).metafile;
}

function bytesByLibrary({ outputs }: Metafile): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (name !== undefined && bytesInOutput > 0) bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return bytes;
}

function licenceOf(name: string): string {
  const { license } = JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8'));
  return String(license);
}

function licenceTexts(name: string): readonly string[] {
  return readdirSync(folderOf(name))
    .filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file) && !/\.(?:[cm]?js|ts)$/.test(file))
    .toSorted()
    .map((file) =>
      readFileSync(join(folderOf(name), file), 'utf8')
        .replaceAll('\r\n', '\n')
        .trim(),
    );
}

function folderOf(name: string): string {
  return join(projectDir, 'node_modules', name);
}
