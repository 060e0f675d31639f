import { randomUUID } from 'node:crypto';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsAddress, awsClientOptions } from '../core/aws-client.ts';
import { limits } from '../core/limits.ts';
import { type Log, silentLog } from '../core/log.ts';
import { type ConsumeOptions, consume, type Handler } from './consume.ts';
import { type QueueName, queueDefinitions } from './queue-definitions.ts';

export type QueuesOptions = AwsAddress & {
  /** Of the queues that this host deals with. */
  readonly urls: Readonly<Partial<Record<QueueName, string>>>;
  readonly log?: Log;
};

export type SendOptions = {
  /** Held back for so long, up to 900 s. Not for `send`: a FIFO queue has no delay per message. */
  readonly delaySeconds?: number;
  /**
   * Needed for `send`: messages of one group are handled one after the other. In other queues, a group that is slow holds
   * up no other one: when many of its messages are at work, SQS gives out those of others first ("fair queues").
   */
  readonly group?: string | undefined;
};

export type Queues = {
  /** Queues references as JSON: own ids only, never mail content. */
  send(name: QueueName, message: object, options?: SendOptions): Promise<void>;
  /** How many messages wait to be handled, those at work not counted. SQS counts roughly, and up to a minute late. */
  waiting(name: QueueName): Promise<number>;
  /**
   * Receives until `signal` aborts, for hosts without an event source. A message is deleted once its handler succeeded;
   * after a failure it is left, and comes again when its visibility ends. Never rejects; resolves after the last handler.
   */
  consume(name: QueueName, handler: Handler, options: ConsumeOptions): Promise<void>;
  close(): void;
};

export function openQueues(options: QueuesOptions): Queues {
  const client = openSqsClient(options);
  const log = options.log ?? silentLog;
  const urlOf = (name: QueueName): string => {
    const url = options.urls[name];
    if (url === undefined) throw new Error(`this host has no queue ${name}`);
    return url;
  };
  return {
    async send(name, message, { delaySeconds = 0, group } = {}) {
      const { fifo } = queueDefinitions[name];
      if (fifo && (group === undefined || delaySeconds > 0)) {
        throw new Error(`queue ${name} takes a group, and no delay`);
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: urlOf(name),
          MessageBody: JSON.stringify(message),
          ...(fifo
            ? // Every wake-up is one of its own: a repeat must not be swallowed as a duplicate of one that was spent.
              { MessageGroupId: group, MessageDeduplicationId: randomUUID() }
            : {
                ...(group === undefined ? {} : { MessageGroupId: group }),
                DelaySeconds: Math.min(Math.max(0, Math.ceil(delaySeconds)), limits.queueDelaySeconds),
              }),
        }),
      );
    },
    async waiting(name) {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: urlOf(name),
          AttributeNames: ['ApproximateNumberOfMessages'],
        }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
    consume(name, handler, consumeOptions) {
      return consume(sourceOf(client, name, urlOf(name)), handler, { log, ...consumeOptions });
    },
    close() {
      client.destroy();
    },
  };
}

/** A long poll takes its 20 s. */
export function openSqsClient(address: AwsAddress): SQSClient {
  return new SQSClient({
    ...awsClientOptions(address, {
      sockets: limits.queueSockets,
      requestMs: limits.queueWaitSeconds * 1000 + limits.storeRequestMs,
    }),
    ...(address.endpoint === undefined ? {} : { useQueueUrlAsEndpoint: false }),
  });
}

function sourceOf(client: SQSClient, name: QueueName, url: string) {
  return {
    name,
    async receive(signal: AbortSignal): Promise<Message | undefined> {
      const reply = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: 1,
          WaitTimeSeconds: limits.queueWaitSeconds,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        { abortSignal: signal },
      );
      return reply.Messages?.[0];
    },
    async delete(receipt: string): Promise<void> {
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
    },
  };
}
