import type { TableRequests } from '../../../shared/store/dynamo-client.ts';
import { requestsTo } from './requests.ts';
import type { TableInMemory } from './table-in-memory.ts';

/** Requests to a table in memory, each answered at once. */
export function promptRequests(table: TableInMemory): TableRequests {
  return requestsTo(async (request) => table.answer(request));
}
