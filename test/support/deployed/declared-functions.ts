import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  type FunctionDefinition,
  type FunctionName,
  functionDefinitions,
} from '../../../functions/definitions.ts';
import { startEmbeddedDynamo } from '../../../functions/local/embedded/embedded-dynamo.ts';
import { startEmbeddedSqs } from '../../../functions/local/embedded/embedded-sqs.ts';
import { keysInTable } from '../../../functions/on-aws/keys-in-table.ts';
import { bundleFile, bundleOptionsFor } from '../../../infra/bundle-options.ts';
import { kmsKeyring } from '../../../shared/keyring/kms-keyring.ts';
import { createVapidKeys, vapidText } from '../../../shared/push/vapid.ts';
import { createQueues } from '../../../shared/queue/create-queues.ts';
import { queueDefinitions } from '../../../shared/queue/queue-definitions.ts';
import { openQueues } from '../../../shared/queue/queues.ts';
import { openStore } from '../../../shared/store/client.ts';
import { createTable } from '../../../shared/store/create-table.ts';
import { type ApiHost, startApiHost } from '../api-host.ts';
import { type Caller, type Gateway, startGateway } from './gateway.ts';
import type { Policy } from './iam.ts';
import { LambdaFunction } from './lambda-function.ts';
import { arnOf } from './local-account.ts';
import { SmallServices } from './small-services.ts';

/** The functions as they are declared and bundled, without a stack: each with the rights and settings of its definition. */
export type DeclaredFunctions = {
  /** What they work on, and somebody to make accounts there. */
  readonly host: ApiHost;
  readonly gateway: Gateway;
  /** Events that functions were started with by others. */
  readonly invoked: readonly unknown[];
  /** A function of its own, started at its first event. */
  start(
    name: FunctionName,
    options?: { readonly timeoutMs?: number; readonly settings?: Settings },
  ): LambdaFunction;
  stop(): Promise<void>;
};

type Settings = Readonly<Record<string, string>>;

const root = new URL('../../../', import.meta.url).pathname;
const keyArn = arnOf('kms', 'key/1');
const secretArn = arnOf('secretsmanager', 'secret:vapid');
const tester = 'TESTER';

/** @param options the CAs to trust, in PEM */
export async function startDeclaredFunctions(options: {
  readonly ca: readonly string[];
}): Promise<DeclaredFunctions> {
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-functions-'));
  const caFile = join(dir, 'ca.pem');
  await writeFile(caFile, options.ca.join('\n'));
  const [dynamo, sqs] = await Promise.all([startEmbeddedDynamo(), startEmbeddedSqs()]);
  const tableName = 'coi-push';
  const [urls] = await Promise.all([createQueues(sqs), createTable(dynamo, tableName)]);
  const invoked: unknown[] = [];
  const small = new SmallServices((_arn, event) => invoked.push(event));
  const vapid = createVapidKeys();
  small.secrets.set(secretArn, vapidText(vapid));
  const callers = new Map<string, Caller>([[tester, { name: tester, policy: { allows: () => true } }]]);
  for (const [name, definition] of Object.entries(functionDefinitions))
    callers.set(accessKeyOf(name), { name, policy: policyOf(definition) });
  const gateway = await startGateway({
    ...{ dynamo, sqs, small, callers },
    queueUrls: new Map(Object.values(urls).map((url) => [url.slice(url.lastIndexOf('/') + 1), url])),
    arns: {
      table: (name) => arnOf('dynamodb', `table/${name}`),
      queue: (name) => arnOf('sqs', name),
      fn: (name) => arnOf('lambda', `function:${name}`),
      key: keyArn,
    },
  });
  const address = {
    endpoint: gateway.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: tester, secretAccessKey: 'secret' },
  };
  const store = openStore({ ...address, tableName, partitions: 4 });
  const queues = openQueues({ ...address, urls });
  const host = await startApiHost({
    ca: options.ca,
    vapid,
    keyring: kmsKeyring({ keyArn, sharedKeys: keysInTable(store), ...address }),
    parts: {
      embedded: {
        store: { ...address, tableName, partitions: 4 },
        queues: { ...address, urls },
        stop: async () => undefined,
      },
      store,
      queues,
      take: () => ({ read: 0, write: 0 }),
      async stop() {
        store.close();
        queues.close();
        await Promise.all([dynamo.stop(), sqs.stop()]);
      },
    },
  });
  // A client of SQS goes to where the queue's URL says.
  const atGateway = (url: string) => gateway.url + new URL(url).pathname;
  const settings: Settings = {
    TABLE_NAME: tableName,
    PARTITIONS: '4',
    POLL_QUEUE_URL: atGateway(urls.poll),
    PUSH_QUEUE_URL: atGateway(urls.push),
    SEND_QUEUE_URL: atGateway(urls.send),
    KEY_ARN: keyArn,
    VAPID_SECRET_ARN: secretArn,
    VAPID_SUBJECT: 'mailto:operator@example.org',
    ADMIT: '*',
    MAX_ACCOUNTS: '1000',
    ISPDB_URL: '',
    PUBLIC_URL: 'https://push.example.org',
    CORS_ORIGINS: 'https://chat.example.org',
    RETENTION_DAYS: '90',
    HOLD_SECONDS: '0',
    LOG_LEVEL: 'info',
    IDLE_FUNCTION_NAME: 'idle',
    IDLE_WORKERS: '2',
    WATCH: 'auto',
    METRICS_NAMESPACE: 'coi-push-test',
    ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
  };
  await Promise.all(
    Object.entries(functionDefinitions).map(([name, { entry }]) =>
      build({
        ...bundleOptionsFor(entry),
        absWorkingDir: root,
        entryPoints: [entry],
        outfile: join(dir, name, bundleFile),
        logLevel: 'error',
      }),
    ),
  );
  const started: LambdaFunction[] = [];
  return {
    host,
    gateway,
    invoked,
    start(name, { timeoutMs, settings: own = {} } = {}) {
      const definition: FunctionDefinition = functionDefinitions[name];
      const declared = definition.settings.map((setting) => [
        setting,
        { ...settings, ...own }[setting] ?? '',
      ]);
      const fn = new LambdaFunction({
        name,
        arn: arnOf('lambda', `function:${name}`),
        code: join(dir, name),
        handler: 'index.handler',
        environment: {
          ...Object.fromEntries(declared),
          NODE_EXTRA_CA_CERTS: caFile,
          AWS_REGION: address.region,
          AWS_ACCESS_KEY_ID: accessKeyOf(name),
          AWS_SECRET_ACCESS_KEY: 'secret',
          AWS_ENDPOINT_URL: gateway.url,
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
        timeoutMs: timeoutMs ?? definition.timeoutSeconds * 1000,
        memoryMb: definition.memoryMb,
        concurrency: 5,
        node: process.execPath,
      });
      started.push(fn);
      return fn;
    },
    async stop() {
      await Promise.all(started.map((fn) => fn.stop()));
      await host.stop();
      await gateway.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function accessKeyOf(name: string): string {
  return `FUNCTION${name.toUpperCase()}`;
}

/** What a function may do is what its definition says, and nothing else. */
function policyOf(definition: FunctionDefinition): Policy {
  const allowed = new Set<string>([
    ...definition.dynamoActions.map((action) => `${action} ${arnOf('dynamodb', 'table/coi-push')}`),
    ...definition.sendsTo.map(
      (queue) => `sqs:SendMessage ${arnOf('sqs', queueDefinitions[queue].queueName)}`,
    ),
    ...(definition.measures === undefined
      ? []
      : [`sqs:GetQueueAttributes ${arnOf('sqs', queueDefinitions[definition.measures].queueName)}`]),
    ...(definition.unwraps ? [`kms:Decrypt ${keyArn}`] : []),
    ...(definition.wraps ? [`kms:GenerateDataKey ${keyArn}`] : []),
    ...(definition.readsVapid ? [`secretsmanager:GetSecretValue ${secretArn}`] : []),
    ...(definition.invokes === undefined
      ? []
      : [`lambda:InvokeFunction ${arnOf('lambda', `function:${definition.invokes}`)}`]),
  ]);
  return { allows: ({ action, resource }) => allowed.has(`${action} ${resource}`) };
}
