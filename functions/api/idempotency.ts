import { createHash } from 'node:crypto';
import { z } from '@hono/zod-openapi';
import type { Context, Next } from 'hono';
import { createMiddleware } from 'hono/factory';
import { Fault, invalidField } from '../../shared/core/faults.ts';
import { limits } from '../../shared/core/limits.ts';
import {
  completeIdempotencyKey,
  releaseIdempotencyKey,
  reserveIdempotencyKey,
} from '../../shared/store/idempotency.ts';
import { deviceOf, noteCall, type SignedInEnv, signedIn } from './auth.ts';

export const IdempotencyHeaders = z.object({
  'idempotency-key': z.string().min(1).max(128).optional().openapi({
    description:
      'Repeats with the same key and body get the first reply, for 24 hours. Chosen by the client.',
  }),
});

/**
 * Lets a request with an `Idempotency-Key` run once: a repeat gets the first reply, another body under the same key a
 * conflict, and so does a repeat while the first is still under way. Keys belong to the account.
 */
async function runOnce(c: Context<RunOnceEnv>, next: Next): Promise<void> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return next();
  if (key.length < 1 || key.length > 128) {
    throw invalidField('idempotency-key', 'must have 1 to 128 characters');
  }
  const { store, clock } = c.var.context.services;
  const accountId = c.var.account.id;
  const now = clock.now();
  const hash = createHash('sha256')
    .update(`${c.req.method} ${c.req.path}${new URL(c.req.url).search}\n`)
    // Not as a text: the handler gets the body from here, and a mail need not be UTF-8.
    .update(new Uint8Array(await c.req.arrayBuffer()))
    .digest('base64url');
  const taken = await reserveIdempotencyKey(store, accountId, key, {
    hash,
    now,
    expiresAt: now + limits.idempotencyKeptMs,
  });
  if (taken.kind === 'existing') {
    if (taken.requestHash !== hash) {
      throw new Fault('conflict', 'This Idempotency-Key was used with another request. Choose a new key.');
    }
    if (taken.reply === undefined) {
      throw new Fault('conflict', 'The first request with this Idempotency-Key is still under way.', {
        retryAfterSeconds: 2,
      });
    }
    c.res = replyOf(taken.reply);
    return;
  }
  // The same for every attempt at this one request, so that what it makes can have the same id each time.
  c.set('seed', createHash('sha256').update(`${accountId} ${taken.firstAt} ${key}`).digest().subarray(0, 16));
  await next();
  if (changedNothing(c.res.status)) await releaseIdempotencyKey(store, accountId, key);
  else if (c.res.status < 500) await completeIdempotencyKey(store, accountId, key, await textOf(c));
  // After a fault of ours nobody knows how far it went: the key stays taken until its holder counts as dead, and then
  // the repeat makes the same mail again, with the same seed.
}

/** `seed`: 16 bytes that all attempts at one request with a key share; undefined without a key. */
export type RunOnceEnv = { Variables: SignedInEnv['Variables'] & { seed: Buffer | undefined } };

/** For routes that create or send: signed in, and run once per key. */
export const signedInOnce = {
  security: signedIn.security,
  middleware: createMiddleware<RunOnceEnv>(async (c, next) => {
    const { account, session } = await deviceOf(c.var.context, c.req.header('authorization'));
    c.set('account', account);
    c.set('session', session);
    await runOnce(c, next);
    await noteCall(c.var.context, account.id, c.res.status);
  }),
};

/** Replies to requests that were refused before they did anything. */
function changedNothing(status: number): boolean {
  return status === 400 || status === 404 || status === 413 || status === 415 || status === 429;
}

async function textOf(c: Context): Promise<string> {
  const { status, headers } = c.res;
  return JSON.stringify({ status, type: headers.get('content-type'), body: await c.res.clone().text() });
}

const StoredReply = z.object({ status: z.int(), type: z.string(), body: z.string() });

function replyOf(stored: string): Response {
  const { status, type, body } = StoredReply.parse(JSON.parse(stored));
  return new Response(body, { status, headers: { 'content-type': type, 'idempotency-replayed': 'true' } });
}
