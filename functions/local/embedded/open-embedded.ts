import type { AwsAddress } from '../../../shared/core/aws-client.ts';
import { createQueues } from '../../../shared/queue/create-queues.ts';
import type { QueueName } from '../../../shared/queue/queue-definitions.ts';
import { createTable } from '../../../shared/store/create-table.ts';
import { tableDefinition } from '../../../shared/store/table.ts';
import { startEmbeddedDynamo } from './embedded-dynamo.ts';
import { startEmbeddedSqs } from './embedded-sqs.ts';
import type { EmbeddedServer } from './worker-server.ts';

export type Embedded = {
  /** For `openStore`. */
  readonly store: AwsAddress & { readonly tableName: string; readonly partitions: number };
  /** For `openQueues`. */
  readonly queues: AwsAddress & { readonly urls: Readonly<Record<QueueName, string>> };
  stop(): Promise<void>;
};

/** One process reads every partition each minute: few are enough for the thousands of accounts that it can serve. */
const partitions = 4;

/**
 * The embedded database and queues with their table and queues made. The table lies in `dir`, survives a kill, and can be
 * open in one process only; without `dir`, and for the queues always, everything is in memory.
 */
export async function openEmbedded(options: { readonly dir?: string } = {}): Promise<Embedded> {
  const starting = startEmbeddedSqs();
  const dynamo = await startEmbeddedDynamo(options).catch(async (error: unknown) => {
    await (await starting).stop();
    throw error;
  });
  const sqs = await starting;
  const { tableName } = tableDefinition;
  const storeAddress = addressOf(dynamo);
  const queueAddress = addressOf(sqs);
  const [urls] = await Promise.all([createQueues(queueAddress), createTable(storeAddress, tableName)]);
  return {
    store: { ...storeAddress, tableName, partitions },
    queues: { ...queueAddress, urls },
    async stop() {
      await Promise.all([dynamo.stop(), sqs.stop()]);
    },
  };
}

function addressOf({ endpoint, region, credentials }: EmbeddedServer): AwsAddress {
  return { endpoint, region, credentials };
}
