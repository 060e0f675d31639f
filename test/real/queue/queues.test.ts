import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Log, LogFields } from '../../../shared/core/log.ts';
import { silentLog } from '../../../shared/core/log.ts';
import { createQueues } from '../../../shared/queue/create-queues.ts';
import { type QueueName, queueDefinitions, queueNames } from '../../../shared/queue/queue-definitions.ts';
import { openQueues, type Queues } from '../../../shared/queue/queues.ts';
import { startParts, type TestParts } from '../../support/embedded.ts';
import { listen } from '../../support/listen.ts';

let parts: TestParts;
beforeAll(async () => {
  parts = await startParts();
});
afterAll(() => parts.stop());

/** Receives until `count` messages were handled, then stops. */
async function receive(
  queues: Queues,
  name: QueueName,
  count: number,
  handler: (body: unknown) => Promise<void> = async () => undefined,
  concurrency = 1,
): Promise<unknown[]> {
  const stop = new AbortController();
  const bodies: unknown[] = [];
  await queues.consume(
    name,
    async (body) => {
      bodies.push(body);
      if (bodies.length === count) stop.abort();
      await handler(body);
    },
    { signal: stop.signal, concurrency },
  );
  return bodies;
}

/** What the server holds of a queue, by its own account. */
async function held(name: QueueName): Promise<{ ready: number; hidden: number; delayed: number }> {
  const { endpoint = '', credentials } = parts.embedded.queues;
  const response = await fetch(`${endpoint}/_fauxqs/queues/${queueDefinitions[name].queueName}`, {
    headers: { authorization: `AWS4 Credential=${credentials?.accessKeyId}/x` },
  });
  const parsed: unknown = await response.json();
  const messages = member(parsed, 'messages');
  const size = (kind: string) => {
    const list = member(messages, kind);
    return Array.isArray(list) ? list.length : -1;
  };
  return { ready: size('ready'), hidden: size('inflight'), delayed: size('delayed') };
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** A log that keeps what it is told. */
function keepingLog(): { log: Log; lines: { event: string; fields: LogFields | undefined }[] } {
  const lines: { event: string; fields: LogFields | undefined }[] = [];
  return { log: { ...silentLog, warn: (event, fields) => lines.push({ event, fields }) }, lines };
}

const empty = { ready: 0, hidden: 0, delayed: 0 };

describe('A queue', () => {
  it('hands on each message once and forgets it when its handler succeeded', async () => {
    for (let number = 0; number < 10; number++) await parts.queues.send('push', { number });
    const bodies = await receive(parts.queues, 'push', 10, undefined, 4);
    expect(bodies.map((body) => member(body, 'number')).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await held('push')).toEqual(empty);
  });

  it('keeps a message whose handler failed, hidden until it is due again, and logs no more than the error’s name', async () => {
    const { log, lines } = keepingLog();
    const queues = openQueues({ ...parts.embedded.queues, log });
    await queues.send('poll', { accountIds: ['a'] });
    await receive(queues, 'poll', 1, async () => {
      throw new TypeError('secret content');
    });
    expect(await held('poll')).toEqual({ ...empty, hidden: 1 });
    expect(lines).toEqual([
      {
        event: 'queue-message-failed',
        fields: { queue: 'poll', id: expect.any(String), receives: 1, cause: 'TypeError' },
      },
    ]);
    queues.close();
  });

  it('goes on with the next message after a failure, of a handler that throws at once too', async () => {
    await parts.queues.send('push', { number: 1 });
    await parts.queues.send('push', { number: 2 });
    let handled = 0;
    const bodies = await receive(parts.queues, 'push', 2, () => {
      handled += 1;
      if (handled === 1) throw new Error('at once');
      return Promise.resolve();
    });
    // A queue that is no FIFO promises no order.
    expect(bodies.map((body) => member(body, 'number')).sort()).toEqual([1, 2]);
    expect(await held('push')).toEqual({ ...empty, hidden: 1 });
  });

  it('keeps the order within an account’s sends, one at a time, while other accounts go on', async () => {
    for (const number of [1, 2, 3]) await parts.queues.send('send', { group: 'a', number }, { group: 'a' });
    await parts.queues.send('send', { group: 'b', number: 4 }, { group: 'b' });
    let busy = 0;
    let releaseFirst = () => {};
    const otherDone = new Promise<void>((resolve) => {
      releaseFirst = resolve;
    });
    const bodies = await receive(
      parts.queues,
      'send',
      4,
      async (body) => {
        if (member(body, 'group') === 'b') return releaseFirst();
        busy += 1;
        expect(busy).toBe(1);
        if (member(body, 'number') === 1) await otherDone;
        busy -= 1;
      },
      3,
    );
    const ofA = bodies.filter((body) => member(body, 'group') === 'a').map((body) => member(body, 'number'));
    expect(ofA).toEqual([1, 2, 3]);
    expect(await held('send')).toEqual(empty);
  });

  it('wakes again for the same send, though it looks like a repeat', async () => {
    const message = { accountId: 'a', messageId: 'm' };
    await parts.queues.send('send', message, { group: 'a' });
    await parts.queues.send('send', message, { group: 'a' });
    expect(await receive(parts.queues, 'send', 2)).toEqual([message, message]);
  });

  it('holds a delayed message back, and longer delays than SQS knows for as long as it can', async () => {
    await parts.queues.send('poll', { accountIds: [] }, { delaySeconds: 5000 });
    expect((await held('poll')).delayed).toBe(1);
  });

  it('tells how many messages wait to be handled, those at work and those held back not counted', async () => {
    const before = await parts.queues.waiting('push');
    for (let each = 0; each < 3; each++) await parts.queues.send('push', { each });
    await parts.queues.send('push', { late: true }, { delaySeconds: 900 });
    expect(await parts.queues.waiting('push')).toBe(before + 3);
    await receive(parts.queues, 'push', before + 3, async () => {
      expect(await parts.queues.waiting('push')).toBeLessThan(before + 3);
    });
    expect(await parts.queues.waiting('push')).toBe(0);
  });

  it('takes a group for a queue without order, which only keeps slow ones from holding up others', async () => {
    await parts.queues.send('poll', { accountIds: ['x'] }, { group: 'slow', delaySeconds: 1 });
    expect((await held('poll')).delayed).toBeGreaterThan(0);
  });

  it('refuses a send without a group, and one with a delay', async () => {
    await expect(parts.queues.send('send', {})).rejects.toThrow(/group/);
    await expect(parts.queues.send('send', {}, { group: 'a', delaySeconds: 5 })).rejects.toThrow(/delay/);
  });

  it('is made once: making the queues again keeps their messages', async () => {
    await parts.queues.send('push', { kept: true });
    const before = await held('push');
    expect(await createQueues(parts.embedded.queues)).toEqual(parts.embedded.queues.urls);
    expect(await held('push')).toEqual(before);
    await receive(parts.queues, 'push', 1);
  });
});

describe('A consumer', () => {
  it('stops at once in the middle of a long poll', async () => {
    // The queue's own clock stands still, so that no poll ends by itself.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const stop = new AbortController();
    const stopped = parts.queues.consume('send', async () => undefined, { signal: stop.signal });
    await oncePolling(parts);
    stop.abort();
    await stopped;
  });

  it('takes no message with it when it breaks its long poll off', async () => {
    const stop = new AbortController();
    const stopped = parts.queues.consume('push', async () => undefined, { signal: stop.signal });
    await oncePolling(parts);
    stop.abort();
    await stopped;
    await parts.queues.send('push', { kept: true });
    expect(await receive(parts.queues, 'push', 1)).toEqual([{ kept: true }]);
  });

  it('does not start when it is to stop already', async () => {
    await parts.queues.consume('send', async () => undefined, { signal: AbortSignal.abort() });
  });

  it('lets the handler that is at work finish, and tells it to hurry', async () => {
    await parts.queues.send('push', { last: true });
    const stop = new AbortController();
    let finished = false;
    await parts.queues.consume(
      'push',
      async (_, { signal }) => {
        const told = once(signal, 'abort');
        stop.abort();
        await told;
        finished = true;
      },
      { signal: stop.signal, concurrency: 1 },
    );
    expect(finished).toBe(true);
    expect((await held('push')).ready).toBe(0);
  });

  it('waits longer and longer while the server fails, and never gives up', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      response.end('{"__type":"com.amazonaws.sqs#InvalidAction","message":"no"}');
    });
    const port = await listen(server);
    const { log, lines } = keepingLog();
    const queues = openQueues({ ...parts.embedded.queues, endpoint: `http://127.0.0.1:${port}`, log });
    const stop = new AbortController();
    const waits: number[] = [];
    const clock: Clock = {
      now: () => 0,
      async sleep(ms) {
        waits.push(ms);
        if (waits.length === 12) stop.abort();
      },
    };
    await queues.consume('poll', async () => undefined, { signal: stop.signal, concurrency: 1, clock });
    queues.close();
    server.close();
    expect(asked).toBe(12);
    expect(waits.slice(0, 4)).toEqual([500, 1000, 2000, 4000]);
    expect(waits.at(-1)).toBe(30_000);
    expect(new Set(lines.map(({ event }) => event))).toEqual(new Set(['queue-message-failed']));
  });
});

describe('The definitions of the queues', () => {
  it('give each queue a dead-letter queue of its own kind, and only sends an order', () => {
    for (const name of queueNames) {
      const { queueName, deadLetterQueueName, fifo } = queueDefinitions[name];
      expect([queueName.endsWith('.fifo'), deadLetterQueueName.endsWith('.fifo')]).toEqual([fifo, fifo]);
      expect(fifo).toBe(name === 'send');
    }
  });
});

/** Resolves when the consumer's requests, which were sent before this one, wait at the server. */
async function oncePolling({ embedded }: TestParts): Promise<void> {
  await fetch(embedded.queues.endpoint ?? '', { method: 'POST', body: '{}' });
}
