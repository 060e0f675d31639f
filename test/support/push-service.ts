import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { decryptPush, newSubscriber, type Subscriber } from '../../functions/local/demo/push-receiver.ts';
import { listen } from './listen.ts';
import { checkVapid } from './vapid-check.ts';

/** How the service answers one push; 201 when nothing is scripted. `reset` and `silence` give no answer at all. */
export type Answer =
  | 'reset'
  | 'silence'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** `slow`: never ends, a byte now and then. `endless`: as fast as it is read. */
      readonly stream?: 'slow' | 'endless';
    };

/** A push as the device's browser would have it, decrypted. */
export type ReceivedPush = {
  readonly headers: IncomingHttpHeaders;
  readonly payload: Buffer;
  readonly encryptedBytes: number;
  /** When it was accepted (performance.now(), ms). */
  readonly receivedAt: number;
};

/** A device with a subscription at the service. */
export type Device = Subscriber & {
  readonly endpoint: string;
  /** Every push it got so far. */
  readonly pushes: readonly ReceivedPush[];
  /** The next push that nobody has waited for yet; rejects after 10 s, and when it cannot be decrypted. */
  next(): Promise<ReceivedPush>;
  /** Answers for the next requests to this device, in this order. What is answered with 2xx is delivered. */
  answer(...answers: readonly Answer[]): void;
  /** From now on, larger payloads are answered with 413, or as is said. */
  takesAtMost(payloadBytes: number, otherwise?: Answer): void;
};

export type PushService = {
  readonly origin: string;
  /** The same under a name of Microsoft's, for clients that look that name up here. */
  readonly microsoftOrigin: string;
  /** The CA to trust, in PEM. */
  readonly ca: string;
  /** Requests that arrived, for any device, whatever was answered. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** TLS connections made so far. */
  connections(): number;
  /** Subscribes a new device; `vapidPublicKey` binds it to that key, as browsers do. */
  newDevice(vapidPublicKey?: string): Device;
  /** Ends a subscription: pushes to it are answered with 410. */
  forget(device: Device): void;
  close(): Promise<void>;
};

/**
 * A push service on loopback. Like real ones it verifies VAPID, asks for a TTL and `aes128gcm`, and takes 4096 bytes; only
 * then it answers as scripted.
 */
export async function startPushService(): Promise<PushService> {
  const authority = await createCertificateAuthority();
  const { key, cert } = await authority.issue(['localhost', '127.0.0.1', '::1', microsoftHost]);
  const mailboxes = new Map<string, PushMailbox>();
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let connections = 0;
  let devices = 0;
  const server = createServer({ key, cert }, (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers });
    bodyOf(request).then(
      (body) => {
        const mailbox = mailboxes.get(path);
        const refusal = refusalOf(request, body, `https://${request.headers.host}`, mailbox);
        const answer = refusal ?? mailbox?.judgeSize(body) ?? mailbox?.nextAnswer() ?? { status: 201 };
        if (typeof answer !== 'string' && answer.status < 300) mailbox?.take(request.headers, body);
        respond(request, response, answer);
      },
      () => response.destroy(),
    );
  });
  server.on('secureConnection', () => {
    connections++;
  });
  const port = await listen(server);
  const origin = `https://localhost:${port}`;
  return {
    origin,
    microsoftOrigin: `https://${microsoftHost}:${port}`,
    ca: authority.ca,
    requests,
    connections: () => connections,
    newDevice(vapidPublicKey) {
      devices++;
      const path = `/push/${devices}`;
      const mailbox = new PushMailbox(vapidPublicKey);
      mailboxes.set(path, mailbox);
      return {
        ...mailbox.subscriber,
        endpoint: `${origin}${path}`,
        pushes: mailbox.pushes,
        next: () => mailbox.next(),
        answer: (...answers) => mailbox.script(answers),
        takesAtMost: (bytes, otherwise = { status: 413 }) => mailbox.limit(bytes, otherwise),
      };
    },
    forget: (device) => void mailboxes.delete(new URL(device.endpoint).pathname),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** What encryption adds: header, delimiter and tag (RFC 8188, RFC 8291). */
const overheadBytes = 103;

const microsoftHost = 'wns2-db5p.notify.windows.com';

class PushMailbox {
  readonly subscriber = newSubscriber();
  readonly pushes: ReceivedPush[] = [];
  readonly vapidPublicKey: string | undefined;
  private readonly answers: Answer[] = [];
  private largest: { readonly bytes: number; readonly otherwise: Answer } | undefined;
  private readonly arrivals: (() => Promise<ReceivedPush>)[] = [];
  private wake: () => void = () => undefined;

  constructor(vapidPublicKey: string | undefined) {
    this.vapidPublicKey = vapidPublicKey;
  }

  script(answers: readonly Answer[]): void {
    this.answers.push(...answers);
  }

  limit(bytes: number, otherwise: Answer): void {
    this.largest = { bytes, otherwise };
  }

  judgeSize(body: Buffer): Answer | undefined {
    const { largest } = this;
    return largest !== undefined && body.length - overheadBytes > largest.bytes
      ? largest.otherwise
      : undefined;
  }

  nextAnswer(): Answer | undefined {
    return this.answers.shift();
  }

  take(headers: IncomingHttpHeaders, body: Buffer): void {
    try {
      const push = {
        headers,
        payload: decryptPush(this.subscriber, body),
        encryptedBytes: body.length,
        receivedAt: performance.now(),
      };
      this.pushes.push(push);
      this.arrivals.push(async () => push);
    } catch (error) {
      this.arrivals.push(async () => {
        throw error;
      });
    }
    this.wake();
  }

  async next(): Promise<ReceivedPush> {
    const arrived = this.arrivals.shift();
    if (arrived !== undefined) return arrived();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no push within a minute')), 60_000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.next();
  }
}

function refusalOf(
  request: IncomingMessage,
  body: Buffer,
  audience: string,
  mailbox: PushMailbox | undefined,
): Answer | undefined {
  const { headers } = request;
  const vapid = checkVapid(headers.authorization, { audience, subscribedWith: mailbox?.vapidPublicKey });
  if (request.method !== 'POST') return { status: 405 };
  if (mailbox === undefined) return { status: 410 };
  if (vapid !== undefined) return { status: vapid.status, body: JSON.stringify({ reason: vapid.why }) };
  if (!/^[1-9]\d*$/.test(headerOf(request, 'ttl') ?? '')) return { status: 400, body: 'TTL' };
  if (headers['content-encoding'] !== 'aes128gcm') return { status: 415 };
  if (body.length > 4096) return { status: 413 };
  return undefined;
}

function headerOf(request: { readonly headers: IncomingHttpHeaders }, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status, answer.headers);
  switch (answer.stream) {
    case undefined:
      response.end(answer.body);
      return;
    case 'slow': {
      response.write('.');
      const drip = setInterval(() => response.write('.'), 100);
      response.once('close', () => clearInterval(drip));
      return;
    }
    case 'endless': {
      const block = Buffer.alloc(16_384, '.');
      const pour = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', pour);
      pour();
      return;
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
