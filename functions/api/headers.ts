import { createMiddleware } from 'hono/factory';
import type { ApiEnv } from './context.ts';

/**
 * Headers of every reply. Replies hold private mail, so nothing may keep, sniff, frame or run them; a page that needs
 * more sets its own policy.
 */
export const safeHeaders = createMiddleware<ApiEnv>(async (c, next) => {
  await next();
  const { headers } = c.res;
  const defaults = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...(c.var.context.publicUrl?.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000' }
      : {}),
  };
  for (const [name, value] of Object.entries(defaults)) {
    if (!headers.has(name)) headers.set(name, value);
  }
});
