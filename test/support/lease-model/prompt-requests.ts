import type { TableRequests } from '../../../shared/store/dynamo-client.ts';
import type { TableInMemory, TableInput } from './table-in-memory.ts';

/** Requests to a table in memory, each answered at once. */
export function promptRequests(table: TableInMemory): TableRequests {
  const ask = async (request: TableInput) => table.answer(request);
  return {
    getItem: (input) => ask({ kind: 'get', input }),
    putItem: (input) => ask({ kind: 'put', input }),
    updateItem: (input) => ask({ kind: 'update', input }),
    deleteItem: (input) => ask({ kind: 'delete', input }),
    query: (input) => ask({ kind: 'query', input }),
    batchGetItem: () => Promise.reject(new Error('no batches in this table')),
    batchWriteItem: () => Promise.reject(new Error('no batches in this table')),
    destroy: () => {},
  };
}
