import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { awsClientOptions } from '../../shared/core/aws-client.ts';

/** Starts a function and does not wait for what it does. Lambda has taken the event when this resolves. */
export function asynchronousInvoke(functionName: string): (event: object) => Promise<void> {
  const client = new LambdaClient(awsClientOptions({}));
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
