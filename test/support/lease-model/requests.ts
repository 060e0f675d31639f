import type { TableRequests } from '../../../shared/store/dynamo-client.ts';
import type { TableInMemory, TableInput } from './table-in-memory.ts';

/** Requests to a table in memory, which knows no batches, each as `ask` answers it. */
export function requestsTo(
  ask: (request: TableInput) => Promise<ReturnType<TableInMemory['answer']>>,
): TableRequests {
  const noBatches = () => Promise.reject(new Error('no batches in this table'));
  return {
    getItem: (input) => ask({ kind: 'get', input }),
    putItem: (input) => ask({ kind: 'put', input }),
    updateItem: (input) => ask({ kind: 'update', input }),
    deleteItem: (input) => ask({ kind: 'delete', input }),
    query: (input) => ask({ kind: 'query', input }),
    batchGetItem: noBatches,
    batchWriteItem: noBatches,
    destroy: () => {},
  };
}
