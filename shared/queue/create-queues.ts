import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { AwsAddress } from '../core/aws-client.ts';
import { type QueueDefinition, type QueueName, queueDefinitions } from './queue-definitions.ts';
import { openSqsClient } from './queues.ts';

/** Creates the queues with their dead-letter queues where they are missing, for hosts that bring their own server. */
export async function createQueues(address: AwsAddress): Promise<Record<QueueName, string>> {
  const client = openSqsClient(address);
  try {
    const [poll, push, send] = await Promise.all([
      createQueue(client, queueDefinitions.poll),
      createQueue(client, queueDefinitions.push),
      createQueue(client, queueDefinitions.send),
    ]);
    return { poll, push, send };
  } finally {
    client.destroy();
  }
}

async function createQueue(client: SQSClient, definition: QueueDefinition): Promise<string> {
  const kind: Record<string, string> = definition.fifo ? { FifoQueue: 'true' } : {};
  const dead = await client.send(
    new CreateQueueCommand({ QueueName: definition.deadLetterQueueName, Attributes: kind }),
  );
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const created = await client.send(
    new CreateQueueCommand({
      QueueName: definition.queueName,
      Attributes: {
        ...kind,
        VisibilityTimeout: String(definition.visibilitySeconds),
        MessageRetentionPeriod: String(definition.retentionSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: Attributes?.QueueArn,
          maxReceiveCount: definition.maxReceives,
        }),
      },
    }),
  );
  if (created.QueueUrl === undefined) throw new Error(`queue ${definition.queueName} was not created`);
  return created.QueueUrl;
}
