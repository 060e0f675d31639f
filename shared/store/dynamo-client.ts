import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { limits } from '../core/limits.ts';

/** Where a table is, and with what rights. Without an endpoint: AWS, with the process's own role. */
export type StoreAddress = {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
};

/** A client with bounds on time, tries and sockets. */
export function openDynamoClient(address: StoreAddress): DynamoDBClient {
  const agent = { keepAlive: true, maxSockets: limits.storeSockets };
  return new DynamoDBClient({
    ...(address.endpoint === undefined ? {} : { endpoint: address.endpoint }),
    ...(address.region === undefined ? {} : { region: address.region }),
    ...(address.credentials === undefined ? {} : { credentials: { ...address.credentials } }),
    maxAttempts: 1 + limits.storeRetries,
    requestHandler: {
      connectionTimeout: limits.storeConnectMs,
      requestTimeout: limits.storeRequestMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}
