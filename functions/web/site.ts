import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import type { BuiltFile } from './build.ts';

/** Only what came from here runs, shows or is asked; styles and scripts in the page itself do not run at all. */
export const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types worker',
].join('; ');

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
};

/** Addresses of the API; all others are the client's. */
export function isApiPath(path: string): boolean {
  return /^\/(?:v1(?:\/|$)|healthz$|openapi\.json$|docs$)/.test(path);
}

/** Serves the built client, the same on every host. The files are asked for once, when the first request comes. */
export function createSite(build: () => readonly BuiltFile[]): Hono {
  const site = new Hono();
  let made: ReadonlyMap<string, Served> | undefined;
  site.get('*', (c) => {
    made ??= new Map(build().map((file) => [file.path, served(file)]));
    const file = made.get(c.req.path);
    if (file === undefined) {
      const detail = 'There is nothing at this address. See /docs.';
      return c.json(
        { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found', detail },
        404,
        {
          ...safe,
          'content-type': 'application/problem+json',
        },
      );
    }
    const headers = { ...safe, ...file.headers };
    if (c.req.header('if-none-match')?.includes(file.headers.etag)) return c.body(null, 304, headers);
    const accepted = c.req.header('accept-encoding') ?? '';
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    if (encoding === undefined) return c.body(file.plain, 200, headers);
    return c.body(file[encoding], 200, { ...headers, 'content-encoding': encoding });
  });
  return site;
}

const safe = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

type Bytes = Uint8Array<ArrayBuffer>;
type Served = {
  readonly plain: Bytes;
  readonly br: Bytes;
  readonly gzip: Bytes;
  readonly headers: { readonly etag: string } & Readonly<Record<string, string>>;
};

function served({ path, content, immutable }: BuiltFile): Served {
  const ending = /\.(\w+)$/.exec(path)?.[1] ?? '';
  return {
    plain: new Uint8Array(content),
    br: new Uint8Array(brotliCompressSync(content)),
    gzip: new Uint8Array(gzipSync(content)),
    headers: {
      etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
      'content-type': types[ending] ?? 'text/html; charset=utf-8',
      'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    },
  };
}
