import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { memberOf } from '../../../shared/core/outside-data.ts';

/** A server on loopback that answers only to these credentials. */
export type EmbeddedServer = {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
};

/**
 * Starts a server in a worker thread and waits until it listens. Should the thread die later, its error ends the whole
 * process: a service without its database is of no use, and what it had under way is found again at the next start.
 */
export async function startWorkerServer(
  script: URL,
  data: Readonly<Record<string, string>>,
): Promise<EmbeddedServer> {
  const accessKeyId = `LOCAL${randomBytes(12).toString('hex').toUpperCase()}`;
  // Without the parent's loaders: the script is plain JavaScript, and starts faster so.
  const worker = new Worker(script, { workerData: { ...data, accessKeyId }, execArgv: [], env: {} });
  const port = portOf(await once(worker, 'message'));
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: randomBytes(16).toString('hex') },
    async stop() {
      // A request that is at work when the files are closed ends the thread (dynalite 4.0.0: "Database is closed"). What it
      // acknowledged lies in them, and of what it did not nobody was told.
      worker.on('error', () => undefined);
      const stopped = once(worker, 'message').catch(() => undefined);
      worker.postMessage('stop');
      await stopped;
      await worker.terminate();
    },
  };
}

function portOf([message]: readonly unknown[]): number {
  const port = memberOf(message, 'port');
  if (typeof port === 'number') return port;
  throw new Error('an embedded server that does not say where it listens');
}
