import { createMiddleware } from 'hono/factory';
import { Fault } from '../../shared/core/faults.ts';
import type { ApiEnv } from './context.ts';
import { problem } from './problem.ts';

/**
 * For hosts that take a reply as a whole and of limited size: reads it to its end, and replaces one that is larger by a
 * problem that says so. What is left unread of a mail is not fetched.
 */
export function limitReply(maxBytes: number) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    await next();
    if (c.res.body === null) return;
    const body = await readUpTo(c.res.body, maxBytes);
    if (body !== undefined) {
      c.res = new Response(body, c.res);
      return;
    }
    const megabytes = Math.floor(maxBytes / 100_000) / 10;
    c.res = problem(
      c,
      new Fault(
        'limit-reached',
        `This has more than ${megabytes} MB, which is what this service can pass on. Open it in a mail program.`,
      ),
    );
    // What the reply before it said of its content is not true of this one; hono keeps those headers.
    c.res.headers.delete('content-disposition');
    c.res.headers.delete('content-length');
  });
}

async function readUpTo(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    bytes += read.value.length;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(read.value);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
