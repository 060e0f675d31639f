import { mkdir } from 'node:fs/promises';
import { tableDefinition } from '../../../shared/store/table.ts';
import { type EmbeddedServer, startWorkerServer } from './worker-server.ts';

/**
 * DynamoDB on loopback. What is acknowledged is in the files of `dir` and survives a kill; without `dir`, in memory. What
 * has expired is deleted at each start and every hour.
 *
 * @throws Error when the files cannot be opened, as when another process has them open
 */
export async function startEmbeddedDynamo(options: { readonly dir?: string } = {}): Promise<EmbeddedServer> {
  if (options.dir !== undefined) await mkdir(options.dir, { recursive: true, mode: 0o700 });
  try {
    const { timeToLiveAttribute } = tableDefinition;
    return await startWorkerServer(new URL('./dynamo-worker.js', import.meta.url), {
      ...options,
      timeToLiveAttribute,
    });
  } catch (cause) {
    throw new Error(
      `The data in ${options.dir} cannot be opened. Does another coi-push run on that folder?`,
      { cause },
    );
  }
}
