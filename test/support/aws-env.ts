import { vi } from 'vitest';
import type { AwsAddress } from './small-aws.ts';

/** What Lambda's environment tells the SDK, for handlers that run in the test's own process. Set before they are imported. */
export function stubAwsEnv(addresses: {
  readonly all: AwsAddress;
  readonly dynamodb?: AwsAddress;
  readonly sqs?: AwsAddress;
}): void {
  vi.stubEnv('AWS_REGION', addresses.all.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', (addresses.dynamodb ?? addresses.all).credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', (addresses.dynamodb ?? addresses.all).credentials.secretAccessKey);
  vi.stubEnv('AWS_ENDPOINT_URL', addresses.all.endpoint);
  if (addresses.dynamodb !== undefined) vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', addresses.dynamodb.endpoint);
  if (addresses.sqs !== undefined) vi.stubEnv('AWS_ENDPOINT_URL_SQS', addresses.sqs.endpoint);
}
