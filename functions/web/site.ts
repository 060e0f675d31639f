import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Bytes, SiteFile } from './site-file.ts';

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
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
};

/** Addresses of the API, as API Gateway writes them; all others are the client's. */
export const apiPaths = ['/v1', '/v1/{proxy+}', '/healthz', '/openapi.json', '/docs'] as const;

export function isApiPath(path: string): boolean {
  return apiPaths.some((each) =>
    each.endsWith('{proxy+}') ? path.startsWith(each.replace('{proxy+}', '')) : path === each,
  );
}

/** Serves the built client, the same on every host. The files are asked for once, when the first request comes. */
export function createSite(build: () => readonly SiteFile[]): Hono {
  const site = new Hono();
  let made: ReadonlyMap<string, Served> | undefined;
  site.all('*', (c) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      return refusal(c, 405, 'invalid-request', 'Files are only read.');
    made ??= new Map(build().map((file) => [file.path, served(file)]));
    const file = made.get(c.req.path);
    if (file === undefined)
      return refusal(c, 404, 'not-found', 'There is nothing at this address. See /docs.');
    const headers = { ...safe, ...file.headers };
    if (c.req.header('if-none-match')?.includes(file.headers.etag)) return c.body(null, 304, headers);
    const accepted = c.req.header('accept-encoding') ?? '';
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
    if (encoding === undefined) return c.body(file.plain, 200, headers);
    return c.body(file[encoding], 200, { ...headers, 'content-encoding': encoding });
  });
  return site;
}

/** As the API says it (RFC 9457). */
function refusal(c: Context, status: 404 | 405, code: string, detail: string): Response {
  const title = status === 404 ? 'Not found' : 'Method not allowed';
  return c.json({ type: 'about:blank', title, status, code, detail }, status, {
    ...safe,
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    'content-type': 'application/problem+json',
  });
}

const safe = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(self)',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

type Served = {
  readonly plain: Bytes;
  readonly br: Bytes;
  readonly gzip: Bytes;
  readonly headers: { readonly etag: string } & Readonly<Record<string, string>>;
};

function served({ path, immutable, plain, br, gzip }: SiteFile): Served {
  const ending = /\.(\w+)$/.exec(path)?.[1] ?? '';
  return {
    plain,
    br,
    gzip,
    headers: {
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      'content-type': types[ending] ?? 'text/html; charset=utf-8',
      'cache-control': immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    },
  };
}
