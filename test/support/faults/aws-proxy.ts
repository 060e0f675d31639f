import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { listen } from '../listen.ts';
import type { Random } from '../random.ts';

/** What the proxy does to requests from now on. */
export type AwsTrouble = {
  /** Share of the requests that meet something: an error, a pause, a cut before or after they took effect. */
  readonly rate: number;
  /** Nobody is answered: every connection is cut. */
  readonly isOut: boolean;
  /** Each request waits up to this long (ms). */
  readonly slowMs: number;
  /** Processes that are cut off from everything. */
  readonly cutOff: readonly string[];
};

export const noTrouble: AwsTrouble = { rate: 0, isOut: false, slowMs: 0, cutOff: [] };

/** Stands before the embedded database and queues. Who asks says so in the path: `/w7/dynamo`. */
export type AwsProxy = {
  readonly port: number;
  set(trouble: AwsTrouble): void;
  readonly requests: { passed: number; troubled: number };
  close(): void;
};

type Fate = 'pass' | 'error' | 'throttle' | 'slow' | 'cut-before' | 'cut-after' | 'silence';
/** Longer than one request may take, so that its maker gives up. */
const silenceMs = 4_000;

export async function startAwsProxy(
  targets: Readonly<Record<'dynamo' | 'sqs', string>>,
  random: Random,
): Promise<AwsProxy> {
  let trouble = noTrouble;
  const requests = { passed: 0, troubled: 0 };
  const agent = new Agent({ keepAlive: true });

  function fateOf(who: string): Fate {
    if (trouble.isOut || trouble.cutOff.includes(who)) return random.chance(0.5) ? 'cut-before' : 'silence';
    if (random.chance(trouble.rate))
      return random.pick(['error', 'throttle', 'slow', 'cut-before', 'cut-after', 'silence']) ?? 'error';
    return trouble.slowMs > 0 ? 'slow' : 'pass';
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, who = '', service = ''] = /^\/([^/]+)\/(dynamo|sqs)/.exec(request.url ?? '') ?? [];
    const body = await bodyOf(request);
    const fate = fateOf(who);
    if (fate === 'pass') requests.passed += 1;
    else requests.troubled += 1;
    if (fate === 'cut-before') return void request.socket.destroy();
    if (fate === 'error' || fate === 'throttle') return refuse(response, service, fate);
    if (fate === 'silence') {
      await delay(silenceMs, undefined, { ref: false });
      return void request.socket.destroy();
    }
    if (fate === 'slow')
      await delay(random.between(0, trouble.slowMs || silenceMs), undefined, { ref: false });
    const target = service === 'sqs' ? targets.sqs : targets.dynamo;
    const answer = await forward(agent, target, request, response, withShortPoll(body));
    if (answer === undefined || fate === 'cut-after') return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  // A long poll takes its 20 s.
  server.requestTimeout = 0;
  const port = await listen(server);
  return {
    port,
    set(next) {
      trouble = next;
    },
    requests,
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

/**
 * The embedded queues do not notice that somebody who waits for a message has died, and give him one all the same, for as
 * long as he would have waited. Here many die.
 */
function withShortPoll(body: Buffer): Buffer {
  const text = body.toString();
  return text.includes('"WaitTimeSeconds":')
    ? Buffer.from(text.replace(/"WaitTimeSeconds":\d+/, '"WaitTimeSeconds":1'))
    : body;
}

type Answer = { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer };

/** Undefined when the one who asked has hung up meanwhile; then its request is broken off as well, as it would be without us. */
function forward(
  agent: Agent,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<Answer | undefined> {
  const { host: _host, connection: _connection, ...others } = request.headers;
  const headers = { ...others, 'content-length': String(body.length) };
  return new Promise((resolve, reject) => {
    const onward = ask(target, { method: 'POST', headers, agent }, (answer) => {
      bodyOf(answer).then((answered) => {
        const { 'content-type': type = 'application/x-amz-json-1.0' } = answer.headers;
        resolve({
          status: answer.statusCode ?? 500,
          headers: { 'content-type': type, 'content-length': String(answered.length) },
          body: answered,
        });
      }, reject);
    });
    onward.once('error', reject);
    response.once('close', () => {
      if (!response.writableFinished) {
        onward.destroy();
        resolve(undefined);
      }
    });
    onward.end(body);
  });
}

function refuse(response: ServerResponse, service: string, fate: 'error' | 'throttle'): void {
  const isDynamo = service === 'dynamo';
  const [status, type] =
    fate === 'error'
      ? [500, isDynamo ? 'InternalServerError' : 'InternalError']
      : [400, isDynamo ? 'ProvisionedThroughputExceededException' : 'RequestThrottled'];
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type: `com.amazonaws.${isDynamo ? 'dynamodb.v20120810' : 'sqs'}#${type}` }));
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
