import type { QueueName } from '../shared/queue/queue-definitions.ts';
import type { FunctionSetting } from './settings/function-settings.ts';

export const functionNames = ['schedule', 'poll', 'idle', 'push', 'send', 'api', 'web'] as const;
export type FunctionName = (typeof functionNames)[number];

export type DynamoAction =
  | 'dynamodb:GetItem'
  | 'dynamodb:PutItem'
  | 'dynamodb:UpdateItem'
  | 'dynamodb:DeleteItem'
  | 'dynamodb:Query'
  | 'dynamodb:BatchGetItem'
  | 'dynamodb:BatchWriteItem';

export type Trigger =
  | { readonly kind: 'every-minute' }
  | {
      readonly kind: 'queue';
      readonly queue: QueueName;
      /** Messages in one event. */
      readonly batchSize: number;
      /** Events at work at the same time; 2 to 1,000. Without it, as many as Lambda gives. */
      readonly maxConcurrency?: number;
    }
  /** Asynchronously, never by a queue: Lambda ends loops through queues after some 16 rounds. */
  | { readonly kind: 'invoked'; readonly by: 'schedule' }
  | { readonly kind: 'http' };

export type FunctionDefinition = {
  /** In one sentence. */
  readonly does: string;
  /** The file with `handler`, from the root of the project. */
  readonly entry: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly trigger: Trigger;
  readonly reservedConcurrency?: number;
  /** The environment variables it reads: exactly these are set. */
  readonly settings: readonly FunctionSetting[];
  /** What it does to the table, all of it. */
  readonly dynamoActions: readonly DynamoAction[];
  /** Queues it puts messages into. */
  readonly sendsTo: readonly QueueName[];
  /** The queue whose waiting messages it counts (SQS GetQueueAttributes). */
  readonly measures?: QueueName;
  /** The queue it gets messages from. */
  readonly consumes?: QueueName;
  /** Opens data keys of accounts (KMS Decrypt): only who logs in to mail servers may. */
  readonly unwraps: boolean;
  /** Makes data keys of accounts (KMS GenerateDataKey): only who signs in new ones may. */
  readonly wraps: boolean;
  /** The function it starts. */
  readonly invokes?: 'idle';
  /** Reads the VAPID key pair (Secrets Manager GetSecretValue). */
  readonly readsVapid: boolean;
  /** Its bundle may have so many bytes, minified. */
  readonly bundleLimitBytes: number;
};

/** Where there is a watch, these are read and written; what each is for is listed in shared/store/table.ts. */
const watching = [
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:Query',
] as const;

const always = ['LOG_LEVEL', 'METRICS_NAMESPACE', 'TABLE_NAME', 'PARTITIONS'] as const;
const pushes = ['VAPID_SECRET_ARN', 'VAPID_SUBJECT', 'PUSH_QUEUE_URL', 'ALLOW_PRIVATE_HOSTS'] as const;

/** Workers of `idle` at the same time, unless the operator says otherwise: each holds some 800 connections. */
export const idleWorkers = 4;

/** Every function of the deployed service. The stack makes them, and `npm start` does the same work in one process. */
export const functionDefinitions = {
  schedule: {
    does: 'Queues the polls that are due, brings unfinished work back into its queue, and starts the workers that hold connections.',
    entry: 'functions/schedule/handler.ts',
    timeoutSeconds: 50,
    memoryMb: 256,
    trigger: { kind: 'every-minute' },
    reservedConcurrency: 2,
    settings: [
      ...always,
      'WATCH',
      'POLL_QUEUE_URL',
      'PUSH_QUEUE_URL',
      'SEND_QUEUE_URL',
      'IDLE_FUNCTION_NAME',
      'IDLE_WORKERS',
    ],
    dynamoActions: ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
    sendsTo: ['poll', 'push', 'send'],
    measures: 'poll',
    unwraps: false,
    wraps: false,
    invokes: 'idle',
    readsVapid: false,
    bundleLimitBytes: 600_000,
  },
  poll: {
    does: 'Looks into many mailboxes briefly: connects, compares, takes in what is new, pushes, and leaves.',
    entry: 'functions/poll/handler.ts',
    timeoutSeconds: 60,
    memoryMb: 512,
    // One message names up to 100 accounts already.
    trigger: { kind: 'queue', queue: 'poll', batchSize: 1, maxConcurrency: 10 },
    settings: [...always, ...pushes, 'KEY_ARN', 'OAUTH_SECRET_ARN', 'RETENTION_DAYS'],
    dynamoActions: [...watching, 'dynamodb:BatchGetItem'],
    sendsTo: ['push'],
    consumes: 'poll',
    unwraps: true,
    wraps: false,
    readsVapid: true,
    bundleLimitBytes: 1_500_000,
  },
  idle: {
    does: 'Holds the IDLE connections of its partitions until its time is nearly up, and hands them over to its successor.',
    entry: 'functions/idle/handler.ts',
    timeoutSeconds: 900,
    memoryMb: 512,
    trigger: { kind: 'invoked', by: 'schedule' },
    // During a hand-over a worker and its successor run at the same time.
    reservedConcurrency: 2 * idleWorkers,
    settings: [...always, ...pushes, 'KEY_ARN', 'OAUTH_SECRET_ARN', 'RETENTION_DAYS', 'WATCH'],
    dynamoActions: watching,
    sendsTo: ['push'],
    unwraps: true,
    wraps: false,
    readsVapid: true,
    bundleLimitBytes: 1_500_000,
  },
  push: {
    does: 'Makes pushes that were put off: by a push service, because many messages came at once, or for the night.',
    entry: 'functions/push/handler.ts',
    timeoutSeconds: 30,
    memoryMb: 256,
    trigger: { kind: 'queue', queue: 'push', batchSize: 10, maxConcurrency: 10 },
    settings: [...always, ...pushes],
    dynamoActions: watching,
    sendsTo: ['push'],
    consumes: 'push',
    unwraps: false,
    wraps: false,
    readsVapid: true,
    bundleLimitBytes: 600_000,
  },
  send: {
    does: 'Takes recorded mails on: submits them, files their Sent copy, and clears up.',
    entry: 'functions/send/handler.ts',
    timeoutSeconds: 60,
    memoryMb: 512,
    // One submission and one Sent copy may take nearly all of the time; mails of one account wait for each other anyway.
    trigger: { kind: 'queue', queue: 'send', batchSize: 1, maxConcurrency: 20 },
    settings: [
      ...always,
      'SEND_QUEUE_URL',
      'KEY_ARN',
      'OAUTH_SECRET_ARN',
      'RETENTION_DAYS',
      'ALLOW_PRIVATE_HOSTS',
    ],
    dynamoActions: [...watching, 'dynamodb:BatchWriteItem'],
    sendsTo: ['send'],
    consumes: 'send',
    unwraps: true,
    wraps: false,
    readsVapid: false,
    bundleLimitBytes: 1_000_000,
  },
  api: {
    does: 'Answers clients: sign-in, subscriptions, conversations, messages, and sending.',
    entry: 'functions/api/handler.ts',
    // API Gateway waits for 30 s.
    timeoutSeconds: 29,
    memoryMb: 1_024,
    trigger: { kind: 'http' },
    settings: [
      ...always,
      ...pushes,
      'WATCH',
      'POLL_QUEUE_URL',
      'SEND_QUEUE_URL',
      'KEY_ARN',
      'OAUTH_SECRET_ARN',
      'RETENTION_DAYS',
      'ADMIT',
      'MAX_ACCOUNTS',
      'ISPDB_URL',
      'PUBLIC_URL',
      'CORS_ORIGINS',
      'HOLD_SECONDS',
    ],
    dynamoActions: [...watching, 'dynamodb:BatchWriteItem'],
    sendsTo: ['poll', 'push', 'send'],
    unwraps: true,
    wraps: true,
    readsVapid: true,
    bundleLimitBytes: 3_500_000,
  },
  web: {
    does: 'Serves the client that people open in a browser: files that it holds, and nothing else.',
    entry: 'functions/web/handler.ts',
    timeoutSeconds: 10,
    memoryMb: 256,
    trigger: { kind: 'http' },
    settings: ['LOG_LEVEL'],
    dynamoActions: [],
    sendsTo: [],
    unwraps: false,
    wraps: false,
    readsVapid: false,
    bundleLimitBytes: 500_000,
  },
} as const satisfies Record<FunctionName, FunctionDefinition>;

/**
 * Makes the VAPID key pair at the first deploy, as a custom resource of CloudFormation. It answers CloudFormation itself
 * (by the event's `ResponseURL`), so the resource names the function directly, without a provider in front. It may read
 * and write that one secret (GetSecretValue, PutSecretValue) and nothing else.
 */
export const vapidKeyDefinition = {
  does: 'Makes the VAPID key pair once, at the first deploy, and never replaces it.',
  entry: 'functions/vapid-key/handler.ts',
  timeoutSeconds: 60,
  memoryMb: 256,
  settings: ['VAPID_SECRET_ARN'],
  bundleLimitBytes: 600_000,
} as const satisfies Pick<
  FunctionDefinition,
  'does' | 'entry' | 'timeoutSeconds' | 'memoryMb' | 'settings' | 'bundleLimitBytes'
>;
