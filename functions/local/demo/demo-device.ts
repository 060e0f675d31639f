import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { isRecord } from '../../../shared/core/outside-data.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import { decryptPush, newSubscriber, type Subscriber } from './push-receiver.ts';

/** A phone and its push service in one: takes encrypted pushes by RFC 8030 and decrypts them as a browser would. */
export type DemoDevice = {
  /** What a browser's `PushSubscription` would say. */
  readonly subscription: {
    readonly endpoint: string;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  };
  /** Called with each push as it arrives: its JSON, and how many encrypted bytes it had. */
  onPush: (payload: Record<string, unknown>, encryptedBytes: number) => void;
};

export type DemoDevices = { newDevice(): DemoDevice; stop(): Promise<void> };

const largestPushBytes = 4096;

export async function startDemoDevices(authority: CertificateAuthority): Promise<DemoDevices> {
  const devices = new Map<string, { subscriber: Subscriber; device: DemoDevice }>();
  const server = createServer(await authority.issue(['localhost', '127.0.0.1']), (request, response) => {
    const target = devices.get(request.url ?? '');
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= largestPushBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      if (target === undefined || bytes > largestPushBytes) {
        response.writeHead(target === undefined ? 410 : 413).end();
        return;
      }
      response.writeHead(201, { location: `${request.url}/accepted` }).end();
      const payload: unknown = JSON.parse(
        decryptPush(target.subscriber, Buffer.concat(chunks)).toString('utf8'),
      );
      if (isRecord(payload)) target.device.onPush(payload, bytes);
    });
  });
  const origin = await listen(server);
  return {
    newDevice() {
      const subscriber = newSubscriber();
      const path = `/push/${devices.size + 1}`;
      const { p256dh, auth } = subscriber;
      const device: DemoDevice = {
        subscription: { endpoint: origin + path, keys: { p256dh, auth } },
        onPush: () => undefined,
      };
      devices.set(path, { subscriber, device });
      return device;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return `https://localhost:${address.port}`;
}
