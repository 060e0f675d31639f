import { type EmbeddedServer, startWorkerServer } from './worker-server.ts';

/** SQS on loopback. Its messages are in memory and end with it. */
export function startEmbeddedSqs(): Promise<EmbeddedServer> {
  return startWorkerServer(new URL('./sqs-worker.js', import.meta.url), {});
}
