import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { DeadlineExceeded } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { Network } from './connect.ts';
import { tlsOptions } from './connect.ts';

export type HttpsRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** For everything: lookup, handshake, answer. */
  readonly deadlineMs: number;
  /** Bytes of the answer's body. */
  readonly limitBytes: number;
};

/**
 * Asks a web server that a user named, directly or by the domain of an address: https only, its address checked as it is
 * dialled, its certificate for its name, one total deadline, a bounded answer. Redirects are given back as they are, for
 * the caller to refuse: they are the classic way around a guard.
 *
 * @throws Fault `mail-host-forbidden` for a URL that is refused before anything is looked up
 * @throws DeadlineExceeded, ResponseTooLarge, or the connection's error (`EADDRFORBIDDEN` where the name led inside)
 */
export async function httpsFetch(network: Network, url: URL, options: HttpsRequest): Promise<Response> {
  const peer = { host: url.hostname, port: url.port === '' ? 443 : Number(url.port) };
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw new NotHttps();
  network.guard.assertWebServer(peer);
  return new Promise((resolve, reject) => {
    const agent = new Agent({
      ...tlsOptions(network.trust, peer.host),
      lookup: network.guard.webLookup(peer.port),
      autoSelectFamilyAttemptTimeout: limits.connectAttemptMs,
      maxCachedSessions: 0,
    });
    const asking = request(url, {
      agent,
      method: options.method ?? 'GET',
      headers: { accept: '*/*', 'user-agent': 'coi-push', ...options.headers },
    });
    const timer = setTimeout(() => {
      reject(new DeadlineExceeded('https'));
      asking.destroy();
    }, options.deadlineMs);
    asking.once('close', () => {
      clearTimeout(timer);
      agent.destroy();
    });
    asking.on('error', reject);
    asking.once('response', (response) => readWhole(response, options.limitBytes).then(resolve, reject));
    asking.end(options.body);
  });
}

export class ResponseTooLarge extends Error {
  constructor() {
    super('the answer is larger than any that is taken');
    this.name = 'ResponseTooLarge';
  }
}

export class NotHttps extends Error {
  constructor() {
    super('not a plain https address');
    this.name = 'NotHttps';
  }
}

async function readWhole(response: IncomingMessage, limitBytes: number): Promise<Response> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    // Leaving the loop by an error closes the connection.
    if (bytes > limitBytes) throw new ResponseTooLarge();
    chunks.push(piece);
  }
  const status = response.statusCode ?? 0;
  const isBodyless = [101, 204, 205, 304].includes(status);
  const headers = Object.entries(response.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return new Response(isBodyless ? null : Buffer.concat(chunks), {
    status: status >= 200 && status <= 599 ? status : 502,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
  });
}
