import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { DeadlineExceeded } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { PushMessage } from './push-message.ts';
import type { PushAnswer } from './push-outcome.ts';

/**
 * Posts one push and gives what was answered. Redirects are not followed: `node:https` does not, and a push service has
 * no business to send us elsewhere.
 *
 * @param deadlineMs for everything: a socket to come free, lookup, handshake, answer
 * @throws DeadlineExceeded, or the connection's error, when there was no answer
 */
export async function postPush(agent: Agent, push: PushMessage, deadlineMs: number): Promise<PushAnswer> {
  const startedAt = performance.now();
  try {
    return await postOnce(agent, push, deadlineMs);
  } catch (error) {
    // The push service closed an idle connection just as we took it up again. Nothing was answered on it, and a push that
    // arrives twice does no harm.
    if (!(error instanceof StaleConnection)) throw error;
    return await postOnce(agent, push, deadlineMs - (performance.now() - startedAt));
  }
}

/** Whether a connection was refused by the address guard. */
export function isAddressForbidden(error: unknown): boolean {
  return codeOf(error) === 'EADDRFORBIDDEN';
}

class StaleConnection extends Error {}

function postOnce(
  agent: Agent,
  { url, headers, body }: PushMessage,
  deadlineMs: number,
): Promise<PushAnswer> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method: 'POST', agent, headers });
    let answering: IncomingMessage | undefined;
    const timer = setTimeout(
      // An answer that has begun has a status already; only its body is cut off.
      () => (answering === undefined ? sending.destroy(new DeadlineExceeded('push')) : answering.destroy()),
      Math.max(0, deadlineMs),
    );
    // Comes last, after the answer was read or the connection was given up.
    sending.once('close', () => clearTimeout(timer));
    sending.once('response', (response) => {
      answering = response;
      readAnswer(response, resolve);
    });
    sending.on('error', (error) => {
      const isStale = sending.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(codeOf(error) ?? '');
      reject(isStale ? new StaleConnection('the connection was closed', { cause: error }) : error);
    });
    sending.end(body);
  });
}

/**
 * Reads an answer up to its limit. A good status settles the matter before the body is there: no slow or endless body can
 * turn a delivered push into a failed one. Small bodies are read to their end, so that the connection can be used again;
 * larger ones cost the connection.
 */
function readAnswer(response: IncomingMessage, done: (answer: PushAnswer) => void): void {
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const answer = () =>
    done({
      status,
      retryAfter: response.headers['retry-after'],
      text: Buffer.concat(chunks).subarray(0, limits.pushAnswerBytes).toString('utf8'),
    });
  if (status >= 200 && status <= 299) answer();
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > limits.pushAnswerBytes) response.destroy();
  });
  // A body that is cut off still came with a status, and that is what counts.
  response.on('error', () => undefined);
  response.once('close', answer);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
