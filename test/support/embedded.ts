import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Embedded, openEmbedded } from '../../functions/local/embedded/open-embedded.ts';
import { openQueues, type Queues } from '../../shared/queue/queues.ts';
import { openStore, type Store } from '../../shared/store/client.ts';

export type TestParts = {
  readonly embedded: Embedded;
  readonly store: Store;
  readonly queues: Queues;
  /** Capacity units that the store's requests took since the last `take`. */
  take(): { read: number; write: number };
  stop(): Promise<void>;
};

/** Embedded database and queues in memory, with the clients that talk to them. */
export async function startParts(options: { readonly dir?: string } = {}): Promise<TestParts> {
  const embedded = await openEmbedded(options);
  let units = { read: 0, write: 0 };
  const store = openStore({
    ...embedded.store,
    onConsumed: (consumed, access) => {
      units[access] += consumed;
    },
  });
  const queues = openQueues(embedded.queues);
  return {
    embedded,
    store,
    queues,
    take() {
      const taken = units;
      units = { read: 0, write: 0 };
      return taken;
    },
    async stop() {
      store.close();
      queues.close();
      await embedded.stop();
    },
  };
}

/** All items of the table, as nobody but a test reads them. */
export async function everythingIn({ embedded }: TestParts): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient({ ...embedded.store });
  const items: Record<string, unknown>[] = [];
  for await (const page of paginateScan({ client }, { TableName: embedded.store.tableName }))
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
  client.destroy();
  return items;
}
