import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import type { LambdaFunction } from './lambda-function.ts';

export type EventSource = {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  /** Batches at work at the same time. */
  readonly concurrency: number;
  /** Whether the function tells which messages of a batch failed. Without it, all of them did. */
  readonly reportsFailures: boolean;
};

/**
 * What Lambda's event source mapping does for a queue: hands batches to the function, deletes what it did not fail, and
 * leaves the rest to the queue's own visibility. Runs until `signal` aborts.
 */
export async function runEventSource(
  client: SQSClient,
  source: EventSource,
  fn: LambdaFunction,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Array.from({ length: source.concurrency }, () => lane(client, source, fn, signal)));
}

async function lane(
  client: SQSClient,
  source: EventSource,
  fn: LambdaFunction,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const messages = await receive(client, source, signal);
    if (messages.length === 0) continue;
    const failed = await handled(source, fn, messages);
    for (const { MessageId = '', ReceiptHandle } of messages) {
      if (failed.has(MessageId)) continue;
      await client.send(new DeleteMessageCommand({ QueueUrl: source.queueUrl, ReceiptHandle }));
    }
  }
}

async function receive(client: SQSClient, source: EventSource, signal: AbortSignal): Promise<Message[]> {
  try {
    const reply = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: source.queueUrl,
        MaxNumberOfMessages: Math.min(10, source.batchSize),
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return reply.Messages ?? [];
  } catch (error) {
    if (signal.aborted) return [];
    throw error;
  }
}

const batchReply = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** The ids of the messages that failed: those the function names, or all where it failed as a whole. */
async function handled(
  source: EventSource,
  fn: LambdaFunction,
  messages: readonly Message[],
): Promise<ReadonlySet<string>> {
  try {
    const reply = await fn.invoke({ Records: messages.map((message) => recordOf(source, message)) });
    const parsed = source.reportsFailures ? batchReply.safeParse(reply) : undefined;
    return new Set(parsed?.data?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  } catch {
    return new Set(messages.map(({ MessageId = '' }) => MessageId));
  }
}

function recordOf(source: EventSource, message: Message) {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: {},
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: source.queueArn,
    awsRegion: 'eu-west-1',
  };
}
