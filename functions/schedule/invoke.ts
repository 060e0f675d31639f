import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { limits } from '../../shared/core/limits.ts';

/** Starts a function and does not wait for what it does. Lambda has taken the event when this resolves. */
export function asynchronousInvoke(functionName: string): (event: object) => Promise<void> {
  const client = new LambdaClient({
    maxAttempts: 1 + limits.storeRetries,
    requestHandler: {
      connectionTimeout: limits.storeConnectMs,
      requestTimeout: limits.storeRequestMs,
      throwOnRequestTimeout: true,
    },
  });
  return async (event) => {
    await client.send(
      new InvokeCommand({
        FunctionName: functionName,
        InvocationType: 'Event',
        Payload: Buffer.from(JSON.stringify(event)),
      }),
    );
  };
}
