import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { docsStyle } from '../api/docs-style.ts';
import { ownClientPage } from './own-client/page.ts';
import { type SiteFile, siteFile } from './site-file.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
export const webEntries = ['app/main.tsx', 'app/styles.css', 'service-worker/worker.ts'] as const;
const copied = ['manifest.webmanifest', 'icon.svg', 'icon-192.png', 'icon-512.png'];

/**
 * The client and the page about writing another one, as the files that a browser loads, made by esbuild in some 200 ms.
 * Script and styles have their hash in their names.
 */
export function buildWeb(): readonly SiteFile[] {
  const script = hashed('app', 'js', bundle('app/main.tsx'));
  const styles = hashed('styles', 'css', bundle('app/styles.css'));
  const docs = hashed('docs', 'css', Buffer.from(docsStyle));
  const page = read('static/index.html')
    .toString()
    .replace('{{script}}', script.path)
    .replace('{{styles}}', styles.path);
  const shell = ['/', script.path, styles.path, '/manifest.webmanifest', '/icon.svg', '/icon-192.png'];
  // Named by content: a new build is a new worker, which keeps a new shell.
  const worker = bundle('service-worker/worker.ts', { SHELL: JSON.stringify(shell) });
  const code = read('own-client/own-client.mjs');
  const ownClient = ownClientPage({ code: code.toString(), styles: docs.path });
  return [
    siteFile('/', Buffer.from(page), false),
    script,
    styles,
    siteFile('/service-worker.js', worker, false),
    ...copied.map((name) => siteFile(`/${name}`, read(`static/${name}`), false)),
    docs,
    siteFile('/docs/your-own-client', Buffer.from(ownClient), false),
    siteFile('/docs/own-client.mjs', code, false),
  ];
}

function read(name: string): Buffer {
  return readFileSync(folder + name);
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

function hashed(name: string, ending: string, content: Buffer): SiteFile {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return siteFile(`/${name}-${hash}.${ending}`, content, true);
}
