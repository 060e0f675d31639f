import {
  BatchGetItemCommand,
  type BatchGetItemInput,
  type BatchGetItemOutput,
  BatchWriteItemCommand,
  type BatchWriteItemInput,
  type BatchWriteItemOutput,
  DeleteItemCommand,
  type DeleteItemInput,
  type DeleteItemOutput,
  DynamoDBClient,
  GetItemCommand,
  type GetItemInput,
  type GetItemOutput,
  PutItemCommand,
  type PutItemInput,
  type PutItemOutput,
  QueryCommand,
  type QueryInput,
  type QueryOutput,
  UpdateItemCommand,
  type UpdateItemInput,
  type UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import { type AwsAddress, awsClientOptions } from '../core/aws-client.ts';
import { limits } from '../core/limits.ts';
import { FirstTry } from './first-try.ts';

/** The requests that the store is made of. A test may answer them from memory, late, or not at all. */
export type TableRequests = {
  getItem(input: GetItemInput): Promise<GetItemOutput>;
  putItem(input: PutItemInput): Promise<PutItemOutput>;
  updateItem(input: UpdateItemInput): Promise<UpdateItemOutput>;
  deleteItem(input: DeleteItemInput): Promise<DeleteItemOutput>;
  query(input: QueryInput): Promise<QueryOutput>;
  batchGetItem(input: BatchGetItemInput): Promise<BatchGetItemOutput>;
  batchWriteItem(input: BatchWriteItemInput): Promise<BatchWriteItemOutput>;
  /** Closes the connections. */
  destroy(): void;
};

export function openTableRequests(address: AwsAddress): TableRequests {
  const client = openDynamoClient(address);
  const first = new FirstTry(client);
  return {
    getItem: async (input) => (await first.send('GetItem', input)) ?? client.send(new GetItemCommand(input)),
    putItem: async (input) => (await first.send('PutItem', input)) ?? client.send(new PutItemCommand(input)),
    updateItem: async (input) =>
      (await first.send('UpdateItem', input)) ?? client.send(new UpdateItemCommand(input)),
    deleteItem: async (input) =>
      (await first.send('DeleteItem', input)) ?? client.send(new DeleteItemCommand(input)),
    query: async (input) => (await first.send('Query', input)) ?? client.send(new QueryCommand(input)),
    batchGetItem: (input) => client.send(new BatchGetItemCommand(input)),
    batchWriteItem: (input) => client.send(new BatchWriteItemCommand(input)),
    destroy() {
      first.destroy();
      client.destroy();
    },
  };
}

export function openDynamoClient(address: AwsAddress): DynamoDBClient {
  return new DynamoDBClient(awsClientOptions(address, { sockets: limits.storeSockets }));
}
