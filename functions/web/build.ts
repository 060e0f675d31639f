import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';

export type BuiltFile = { readonly path: string; readonly content: Buffer; readonly immutable: boolean };

const folder = fileURLToPath(new URL('.', import.meta.url));
export const webEntries = ['app/main.tsx', 'app/styles.css', 'service-worker/worker.ts'] as const;
const copied = ['manifest.webmanifest', 'icon.svg', 'icon-192.png', 'icon-512.png'];

/** The client as the files that a browser loads, made by esbuild in some 100 ms. Script and styles have their hash in their names. */
export function buildWeb(): readonly BuiltFile[] {
  const script = hashed('app', 'js', bundle('app/main.tsx'));
  const styles = hashed('styles', 'css', bundle('app/styles.css'));
  const page = readFileSync(`${folder}static/index.html`, 'utf8')
    .replace('{{script}}', script.path)
    .replace('{{styles}}', styles.path);
  const shell = ['/', script.path, styles.path, '/manifest.webmanifest', '/icon.svg', '/icon-192.png'];
  // Named by content: a new build is a new worker, which keeps a new shell.
  const worker = bundle('service-worker/worker.ts', { SHELL: JSON.stringify(shell) });
  return [
    { path: '/', content: Buffer.from(page), immutable: false },
    script,
    styles,
    { path: '/service-worker.js', content: worker, immutable: false },
    ...copied.map((name) => ({
      path: `/${name}`,
      content: readFileSync(`${folder}static/${name}`),
      immutable: false,
    })),
  ];
}

function bundle(entry: (typeof webEntries)[number], define: Record<string, string> = {}): Buffer {
  const { outputFiles } = buildSync({ ...webBundleOptions(entry), define });
  return Buffer.from(outputFiles[0]?.contents ?? []);
}

/** How esbuild makes the one script of an entry, in memory. */
export function webBundleOptions(entry: (typeof webEntries)[number]) {
  return {
    entryPoints: [folder + entry],
    bundle: true,
    minify: true,
    write: false,
    outdir: '/',
    format: entry.startsWith('service-worker') ? 'iife' : 'esm',
    target: ['es2022', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'error',
    tsconfigRaw: {},
  } as const satisfies BuildOptions;
}

function hashed(name: string, ending: string, content: Buffer): BuiltFile {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { path: `/${name}-${hash}.${ending}`, content, immutable: true };
}
