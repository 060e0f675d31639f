import { type EmbeddedServer, startWorkerServer } from './worker-server.ts';

/** DynamoDB on loopback. What is acknowledged is in the files of `dir` and survives a kill; without `dir`, in memory. */
export function startEmbeddedDynamo(options: { readonly dir?: string } = {}): Promise<EmbeddedServer> {
  return startWorkerServer(new URL('./dynamo-worker.js', import.meta.url), options);
}
