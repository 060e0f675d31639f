import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type AwsAddress, awsClientOptions } from '../core/aws-client.ts';
import { limits } from '../core/limits.ts';

export function openDynamoClient(address: AwsAddress): DynamoDBClient {
  return new DynamoDBClient(awsClientOptions(address, { sockets: limits.storeSockets }));
}
