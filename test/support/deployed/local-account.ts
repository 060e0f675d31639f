import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { startEmbeddedDynamo } from '../../../functions/local/embedded/embedded-dynamo.ts';
import { startEmbeddedSqs } from '../../../functions/local/embedded/embedded-sqs.ts';
import type { EmbeddedServer } from '../../../functions/local/embedded/worker-server.ts';
import {
  type Json,
  objectOf,
  type Resource,
  resolve,
  type Template,
  textOf,
  type Values,
} from './template.ts';

const region = 'eu-west-1';
const account = '123456789012';

/** The table and the queues of a template, made on local servers with the template's own properties. */
export type LocalAccount = {
  readonly dynamo: EmbeddedServer;
  readonly sqs: EmbeddedServer;
  readonly sqsClient: SQSClient;
  readonly tableName: string;
  /** On the local server, by the queue's name. */
  readonly queueUrls: ReadonlyMap<string, string>;
  stop(): Promise<void>;
};

export const arnOf = (service: string, what: string) => `arn:aws:${service}:${region}:${account}:${what}`;
export const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'coi-push',
  'AWS::StackId': arnOf('cloudformation', 'stack/coi-push/1'),
};

/** The name of a queue or function as CloudFormation would make it, where the template gives none. */
export function physicalName({ id, properties, type }: Resource): string {
  const given = properties['QueueName'] ?? properties['TableName'] ?? properties['FunctionName'];
  const isFifo = type === 'AWS::SQS::Queue' && properties['FifoQueue'] === true;
  return typeof given === 'string' ? given : `coi-push-${id}${isFifo ? '.fifo' : ''}`;
}

export async function openLocalAccount(template: Template, values: Values): Promise<LocalAccount> {
  const [dynamo, sqs] = await Promise.all([startEmbeddedDynamo(), startEmbeddedSqs()]);
  const sqsClient = new SQSClient({ ...clientOptions(sqs), useQueueUrlAsEndpoint: false });
  const tableName = await createTable(template, dynamo);
  const queueUrls = new Map<string, string>();
  const queues = template.ofType('AWS::SQS::Queue');
  // A queue can only be told of its dead-letter queue when there is one.
  const deadFirst = [...queues].sort(
    (a, b) => Number('RedrivePolicy' in a.properties) - Number('RedrivePolicy' in b.properties),
  );
  for (const queue of deadFirst) {
    const created = await sqsClient.send(
      new CreateQueueCommand({
        QueueName: physicalName(queue),
        Attributes: attributesOf(queue, values, sqs),
      }),
    );
    queueUrls.set(physicalName(queue), created.QueueUrl ?? '');
  }
  return {
    ...{ dynamo, sqs, sqsClient, tableName, queueUrls },
    async stop() {
      sqsClient.destroy();
      await Promise.all([dynamo.stop(), sqs.stop()]);
    },
  };
}

function clientOptions({ endpoint, region: of, credentials }: EmbeddedServer) {
  return { endpoint, region: of, credentials: { ...credentials } };
}

const tableProperties = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) })),
});

async function createTable(template: Template, dynamo: EmbeddedServer): Promise<string> {
  const [table] = [
    ...template.ofType('AWS::DynamoDB::Table'),
    ...template.ofType('AWS::DynamoDB::GlobalTable'),
  ];
  if (table === undefined) throw new Error('no table in the template');
  const client = new DynamoDBClient(clientOptions(dynamo));
  const input: CreateTableCommandInput = {
    TableName: physicalName(table),
    BillingMode: 'PAY_PER_REQUEST',
    ...tableProperties.parse(table.properties),
  };
  await client.send(new CreateTableCommand(input));
  client.destroy();
  return physicalName(table);
}

/** What CloudFormation calls properties of a queue, SQS calls attributes, and all of them are texts. */
function attributesOf({ properties }: Resource, values: Values, sqs: EmbeddedServer): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!taken.has(name)) continue;
    const value = resolve(property, values);
    attributes[name] = name === 'RedrivePolicy' ? redrive(value, sqs) : String(value);
  }
  return attributes;
}

const taken = new Set([
  ...['FifoQueue', 'ContentBasedDeduplication', 'DelaySeconds', 'MessageRetentionPeriod'],
  ...['VisibilityTimeout', 'ReceiveMessageWaitTimeSeconds', 'RedrivePolicy'],
]);

/** The local server has a region of its own in its ARNs. */
function redrive(policy: Json, sqs: EmbeddedServer): string {
  const { deadLetterTargetArn, maxReceiveCount } = objectOf(policy);
  const name = textOf(deadLetterTargetArn).split(':').at(-1);
  const arn = `arn:aws:sqs:${sqs.region}:000000000000:${name}`;
  return JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount });
}
