import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { EmbeddedServer } from '../../../functions/local/embedded/worker-server.ts';
import { listen } from '../listen.ts';
import type { Policy, Request } from './iam.ts';
import type { SmallServices } from './small-services.ts';
import { objectOf } from './template.ts';

/** Who asks: a function, with the key it was given and what its role may do. */
export type Caller = { readonly name: string; readonly policy: Policy };

export type GatewayOptions = {
  readonly dynamo: EmbeddedServer;
  readonly sqs: EmbeddedServer;
  readonly small: SmallServices;
  /** By access key. */
  readonly callers: ReadonlyMap<string, Caller>;
  /** Of the local server, by the name of the queue. */
  readonly queueUrls: ReadonlyMap<string, string>;
  readonly arns: {
    readonly table: (name: string) => string;
    readonly queue: (name: string) => string;
    readonly fn: (name: string) => string;
    /** KMS tells from the ciphertext which key it was: a call to decrypt need not name it. */
    readonly key: string;
  };
};

/** A call that the caller's policy did not allow. */
export type Refused = { readonly caller: string; readonly request: Request };

export type Gateway = {
  readonly url: string;
  readonly refused: readonly Refused[];
  /** What custom resources answered to CloudFormation. */
  readonly answers: readonly { readonly LogicalResourceId: string; readonly Status: string }[];
  /** What each function did, each action once: what it may do and never does shows in this. */
  readonly used: ReadonlyMap<string, ReadonlySet<string>>;
  close(): Promise<void>;
};

/**
 * Where the functions find AWS: each call is held against the policy of the function that makes it, then done by a local
 * server or by `SmallServices`.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const refused: Refused[] = [];
  const answers: z.infer<typeof resourceAnswer>[] = [];
  const used = new Map<string, Set<string>>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void serve(request, Buffer.concat(chunks), response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  });

  async function serve(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    if (request.method === 'PUT' && request.url === resourceAnswers) {
      answers.push(resourceAnswer.parse(JSON.parse(body.toString())));
      response.writeHead(200).end();
      return;
    }
    const caller = options.callers.get(accessKeyOf(request));
    const asked = requestOf(request, body, options);
    if (caller === undefined || asked === undefined) {
      response.writeHead(400).end('{"__type":"UnknownOperationException"}');
      return;
    }
    if (!caller.policy.allows(asked)) {
      refused.push({ caller: caller.name, request: asked });
      response
        .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: 'AccessDeniedException', message: `${caller.name}: ${asked.action}` }));
      return;
    }
    used.set(caller.name, (used.get(caller.name) ?? new Set()).add(asked.action));
    const [service] = asked.action.split(':');
    if (service === 'dynamodb') await forward(options.dynamo, request, body, response);
    else if (service === 'sqs')
      await forward(options.sqs, request, atLocalQueue(body, options.queueUrls), response);
    else await options.small.serve(asked, body, response);
  }

  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    refused,
    answers,
    used,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Where the answers of custom resources are put. */
export const resourceAnswers = '/cloudformation';
const resourceAnswer = z.object({ LogicalResourceId: z.string(), Status: z.string() });

function accessKeyOf({ headers }: IncomingMessage): string {
  return / Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

/** AWS's JSON protocols name the action in a header; Lambda's API is REST. */
function requestOf(request: IncomingMessage, body: Buffer, { arns }: GatewayOptions): Request | undefined {
  const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(request.url ?? '')?.[1];
  if (invoked !== undefined) {
    const name = decodeURIComponent(invoked);
    const resource = name.startsWith('arn:') ? name : arns.fn(name);
    return { action: 'lambda:InvokeFunction', resource, context: {} };
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  const [api = '', operation = ''] = target.split('.');
  const input = objectOf(JSON.parse(body.toString() || '{}'));
  const text = (name: string) => (typeof input[name] === 'string' ? input[name] : '');
  switch (api.replace(/_\d+$/, '')) {
    case 'DynamoDB': {
      // IAM knows the batch requests by their own names, on the tables within.
      const tables = Object.keys(objectOf(input['RequestItems'] ?? {}));
      const resource = arns.table(text('TableName') || (tables[0] ?? ''));
      return { action: `dynamodb:${operation}`, resource, context: {} };
    }
    case 'AmazonSQS':
      return {
        action: `sqs:${permission(operation)}`,
        resource: arns.queue(queueNameIn(text('QueueUrl'))),
        context: {},
      };
    case 'TrentService': {
      const context = Object.entries(objectOf(input['EncryptionContext'] ?? {})).map(
        ([name, value]) => [`kms:EncryptionContext:${name}`, String(value)] as const,
      );
      return {
        action: `kms:${operation}`,
        resource: text('KeyId') || arns.key,
        context: Object.fromEntries(context),
      };
    }
    case 'secretsmanager':
      return { action: `secretsmanager:${operation}`, resource: text('SecretId'), context: {} };
    default:
      return undefined;
  }
}

function queueNameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

/** The functions know their queues by URLs of the gateway. */
function atLocalQueue(body: Buffer, urls: ReadonlyMap<string, string>): Buffer {
  const input = objectOf(JSON.parse(body.toString()));
  const { QueueUrl } = input;
  if (typeof QueueUrl !== 'string') return body;
  return Buffer.from(JSON.stringify({ ...input, QueueUrl: urls.get(queueNameIn(QueueUrl)) ?? QueueUrl }));
}

/** SQS has one permission for a request and its batch form. */
function permission(operation: string): string {
  return operation.replace(/Batch$/, '');
}

/** The local servers know one access key, and check no signature. */
async function forward(
  to: EmbeddedServer,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const headers: Record<string, string> = {
    'content-type': String(request.headers['content-type']),
    'x-amz-target': String(request.headers['x-amz-target']),
    'x-amz-date': String(request.headers['x-amz-date']),
    authorization: String(request.headers.authorization).replace(
      / Credential=[^/]+\//,
      ` Credential=${to.credentials.accessKeyId}/`,
    ),
  };
  const reply = await fetch(to.endpoint, { method: 'POST', headers, body: new Uint8Array(body) });
  response
    .writeHead(reply.status, Object.fromEntries(reply.headers))
    .end(Buffer.from(await reply.arrayBuffer()));
}
