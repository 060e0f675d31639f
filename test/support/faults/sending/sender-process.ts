import { setMaxListeners } from 'node:events';
import { createApi } from '../../../../functions/api/app.ts';
import { parseSendMessage } from '../../../../shared/flows/queue-messages.ts';
import { continueSend } from '../../../../shared/flows/send/continue-send.ts';
import type { Services } from '../../../../shared/flows/services.ts';
import { type FastTime, fastClock } from '../fast-clock.ts';
import { notingTo, openWorkerServices, type ServicesTask } from '../worker-services.ts';
import { aroundWrites, type SenderRole } from './deadly-steps.ts';

export type SenderTask = ServicesTask & {
  readonly role: SenderRole;
  readonly time: FastTime;
  /** It dies at the first of these steps that comes after so many others. */
  readonly deadly: readonly string[];
  readonly after: number;
};

export type SenderCall = {
  readonly call: number;
  readonly path: string;
  readonly token: string;
  readonly key: string;
  readonly body: unknown;
};

export type SenderNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reply'; readonly call: number; readonly status: number; readonly body: unknown };

// A process of the service that sends: the API, or the send queue. It ends with the one that started it.
process.once('disconnect', () => process.exit());
process.once('message', (task: SenderTask) => void run(task));

function say(news: SenderNews): void {
  process.send?.(news);
}

async function run(task: SenderTask): Promise<void> {
  const note = notingTo(task.notesFile);
  let steps = 0;
  const dieAt = (step: string) => {
    if (steps < task.after || !task.deadly.includes(step)) return;
    note('dies', { step });
    process.kill(process.pid, 'SIGKILL');
    // The signal may take a moment, in which nothing more is to happen.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  const around = async <T>(step: string | undefined, request: () => Promise<T>): Promise<T> => {
    if (step === undefined) return request();
    steps += 1;
    dieAt(`before ${step}`);
    const result = await request();
    dieAt(`after ${step}`);
    return result;
  };
  const opened = await openWorkerServices(task, fastClock(task.time), (requests) =>
    aroundWrites(requests, around),
  );
  const { queues } = opened;
  const services: Services = {
    ...opened,
    queues: { ...queues, send: (...what) => around('wake the queue', () => queues.send(...what)) },
  };
  if (task.role === 'api') answerCalls(services);
  else void consumeSends(services);
  say({ kind: 'ready' });
}

function answerCalls(services: Services): void {
  const api = createApi({
    ...{ services, corsOrigins: [], publicUrl: undefined },
    addressOf: () => '192.0.2.1',
  });
  process.on('message', ({ call, path, token, key, body }: SenderCall) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'idempotency-key': key,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const request = { method: 'POST', headers, body: body === undefined ? null : JSON.stringify(body) };
    void (async () => {
      const response = await api.request(path, request);
      say({ kind: 'reply', call, status: response.status, body: await response.json() });
    })();
  });
}

async function consumeSends(services: Services): Promise<void> {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  await services.queues.consume(
    'send',
    async (body) => {
      const { accountId, messageId } = parseSendMessage(body);
      await continueSend(services, accountId, messageId);
    },
    { signal },
  );
}
