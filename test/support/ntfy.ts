import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { decryptPush, newSubscriber, type Subscriber } from '../../functions/local/demo/push-receiver.ts';
import { isRecord } from './api-client.ts';
import { listen } from './listen.ts';

/** A phone with UnifiedPush: its distributor listens at one topic of the server, and the app behind it has the keys. */
export type Phone = Subscriber & {
  readonly endpoint: string;
  /** What its app has decrypted, in order. */
  readonly told: readonly Readonly<Record<string, unknown>>[];
  /** Listens to the server, as long as it is on. What came meanwhile is told then. */
  on(): Promise<void>;
  off(): Promise<void>;
};

export type Ntfy = {
  readonly ca: string;
  readonly answers: readonly number[];
  readonly headers: readonly IncomingHttpHeaders[];
  /** A phone that is off yet; its endpoint has so many bytes. */
  newPhone(endpointBytes?: number): Phone;
  /** Phones that are on. */
  listening(): number;
  /** As after twelve hours: the server knows no subscriber of any topic any more that is not connected. */
  forgetSubscribers(): void;
  /** The server's `message-size-limit`; 4096 as it comes. */
  takesAtMost(bytes: number): void;
  close(): Promise<void>;
};

type Topic = { isKnown: boolean; readonly kept: string[]; readonly listeners: Set<WebSocket> };

/**
 * A server that does to publishers what ntfy does (binwiederhier/ntfy, server/errors.go and server.go, 2025): anything may
 * be posted to a topic, without a word of VAPID, and 200 is the answer; 413 for a body above its limit, and 507 for a topic
 * of UnifiedPush that nobody has listened to.
 */
export async function startNtfy(): Promise<Ntfy> {
  const authority = await createCertificateAuthority();
  const topics = new Map<string, Topic>();
  const answers: number[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let largestBytes = 4096;
  const topicOf = (url: string | undefined): Topic => {
    const name = new URL(url ?? '', 'https://localhost').pathname.split('/')[1] ?? '';
    const topic = topics.get(name) ?? { isKnown: false, kept: [], listeners: new Set() };
    topics.set(name, topic);
    return topic;
  };
  const server = createServer(await authority.issue(['localhost']), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      headers.push(request.headers);
      const status = publish(topicOf(request.url), Buffer.concat(chunks));
      answers.push(status);
      answer(response, status);
    });
  });

  function publish(topic: Topic, body: Buffer): number {
    if (body.length > largestBytes) return 413;
    if (!topic.isKnown) return 507;
    const message = JSON.stringify({
      event: 'message',
      encoding: 'base64',
      message: body.toString('base64'),
    });
    if (topic.listeners.size === 0) topic.kept.push(message);
    for (const listener of topic.listeners) listener.send(message);
    return 200;
  }

  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', (socket, request) => {
    const topic = topicOf(request.url);
    topic.isKnown = true;
    topic.listeners.add(socket);
    socket.on('close', () => topic.listeners.delete(socket));
    for (const message of topic.kept.splice(0)) socket.send(message);
  });
  const port = await listen(server);
  const host = `localhost:${port}`;

  const phones: Phone[] = [];
  return {
    ca: authority.ca,
    answers,
    headers,
    newPhone(endpointBytes = 100) {
      const topic = `up${randomBytes(9).toString('base64url')}`;
      const phone = phoneAt({ host, topic, endpointBytes, ca: authority.ca });
      phones.push(phone);
      return phone;
    },
    listening: () => webSockets.clients.size,
    forgetSubscribers() {
      for (const topic of topics.values()) topic.isKnown = topic.listeners.size > 0;
    },
    takesAtMost(bytes) {
      largestBytes = bytes;
    },
    async close() {
      await Promise.all(phones.map((phone) => phone.off()));
      webSockets.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const errors: Readonly<Record<number, { readonly code: number; readonly error: string }>> = {
  413: { code: 41301, error: 'request entity too large: attachment too large, or bandwidth limit reached' },
  507: { code: 50701, error: 'cannot publish to UnifiedPush topic without previously active subscriber' },
};

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(errors[status] ?? { event: 'message' }));
}

function phoneAt(at: { host: string; topic: string; endpointBytes: number; ca: string }): Phone {
  const subscriber = newSubscriber();
  const told: Record<string, unknown>[] = [];
  const start = `https://${at.host}/${at.topic}?up=1&for=`;
  let socket: WebSocket | undefined;
  const take = (data: RawData) => {
    const message: unknown = JSON.parse(String(data));
    if (!isRecord(message) || message['event'] !== 'message') return;
    const body = Buffer.from(String(message['message']), 'base64');
    const payload: unknown = JSON.parse(decryptPush(subscriber, body).toString());
    if (isRecord(payload)) told.push(payload);
  };
  return {
    ...subscriber,
    endpoint: start.padEnd(at.endpointBytes, 'x'),
    told,
    async on() {
      socket = new WebSocket(`wss://${at.host}/${at.topic}/ws`, { ca: at.ca });
      socket.on('message', take);
      await once(socket, 'open');
    },
    async off() {
      if (socket === undefined) return;
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
      socket = undefined;
    },
  };
}
