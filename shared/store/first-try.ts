import { request as httpRequest, Agent as PlainAgent } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { limits } from '../core/limits.ts';
import { isRecord } from '../core/outside-data.ts';
import { type Signer, signedHeaders } from './sign-request.ts';
import { errorNameOf, type Reply, replyOf, wireOf } from './wire.ts';

export type Operation = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

type Address = { readonly isTls: boolean; readonly hostname: string; readonly port: number | undefined };
type Answer = { readonly status: number; readonly text: string };

/**
 * The first try of each request, made without the SDK: that takes 0.4 ms of a processor for a request, this 0.08 (measured),
 * and five requests are made for each message. What goes as it should ends here; of anything else (no answer, an error other
 * than a condition that does not hold, an address not known yet) nothing is judged: the SDK makes the request anew, with
 * its own repeats, and its answer or its error counts. It would have repeated what got no answer just the same.
 *
 * The SDK also finds the credentials and, at its own first request, the address.
 */
export class FirstTry {
  readonly #client: DynamoDBClient;
  readonly #agents: { readonly plain: PlainAgent; readonly tls: TlsAgent };
  #address: Address | undefined;

  constructor(client: DynamoDBClient) {
    this.#client = client;
    const sockets = { keepAlive: true, maxSockets: limits.storeSockets };
    this.#agents = {
      plain: new PlainAgent(sockets),
      tls: new TlsAgent({ ...sockets, rejectUnauthorized: true }),
    };
    client.middlewareStack.add(
      (next) => (args) => {
        this.#address = addressOf(args.request);
        return next(args);
      },
      { step: 'build', name: 'noteAddress' },
    );
  }

  /**
   * @returns undefined where the SDK is to be asked
   * @throws ConditionalCheckFailedException
   */
  async send(operation: Operation, input: object): Promise<Reply | undefined> {
    const address = this.#address;
    if (address === undefined) return undefined;
    const answer = await this.#post(address, operation, wireOf(input)).catch(() => undefined);
    if (answer === undefined) return undefined;
    if (answer.status === 200) return readReply(answer.text);
    if (answer.status === 400 && errorNameOf(answer.text) === 'ConditionalCheckFailedException') {
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    }
    return undefined;
  }

  destroy(): void {
    this.#agents.plain.destroy();
    this.#agents.tls.destroy();
  }

  async #post(address: Address, operation: Operation, body: string): Promise<Answer> {
    const { isTls, hostname, port } = address;
    const headers = signedHeaders(
      await this.#signer(),
      {
        'content-type': 'application/x-amz-json-1.0',
        host: port === undefined ? hostname : `${hostname}:${port}`,
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body,
      Date.now() + this.#client.config.systemClockOffset,
    );
    const options = { method: 'POST', path: '/', hostname, headers, ...(port === undefined ? {} : { port }) };
    return new Promise((resolve, reject) => {
      const { plain, tls } = this.#agents;
      const asking = isTls
        ? httpsRequest({ ...options, agent: tls })
        : httpRequest({ ...options, agent: plain });
      const giveUp = () => asking.destroy(new Error('no answer'));
      const timer = setTimeout(giveUp, limits.storeRequestMs);
      asking.once('socket', (socket) => {
        if (!socket.connecting) return;
        const connecting = setTimeout(giveUp, limits.storeConnectMs);
        for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(connecting));
      });
      asking.once('close', () => clearTimeout(timer));
      asking.once('error', reject);
      asking.once('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      asking.end(body);
    });
  }

  async #signer(): Promise<Signer> {
    const { credentials, region } = this.#client.config;
    // The SDK keeps credentials for as long as they are good.
    return { ...(await credentials()), region: await region(), service: 'dynamodb' };
  }
}

/** Undefined where it is not one that the requests here are made for. */
function addressOf(request: unknown): Address | undefined {
  if (!isRecord(request)) return undefined;
  const { protocol, hostname, port, path } = request;
  if (typeof hostname !== 'string' || path !== '/') return undefined;
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return { isTls: protocol === 'https:', hostname, port: typeof port === 'number' ? port : undefined };
}

function readReply(text: string): Reply | undefined {
  try {
    return replyOf(text);
  } catch {
    return undefined;
  }
}
