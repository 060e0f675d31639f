import { randomBytes, randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { isRecord } from './api-client.ts';
import { listen } from './listen.ts';
import { checkVapid } from './vapid-check.ts';

/** Mozilla's push service on this machine: Firefox talks to it by WebSocket, application servers by HTTPS (RFC 8030). */
export type Autopush = {
  /** For Firefox's `dom.push.serverURL`. */
  readonly webSocketUrl: string;
  /** The CA of the endpoints' certificate, in PEM. */
  readonly ca: string;
  /** Status each POST was answered with. */
  readonly answers: readonly number[];
  close(): Promise<void>;
};

/** One registration of a page: what it was told is its endpoint, and the key it is bound to. */
type Channel = {
  readonly channelId: string;
  readonly applicationKey: string | undefined;
  readonly socket: WebSocket;
};

const largestPushBytes = 4096;

export async function startAutopush(): Promise<Autopush> {
  const authority = await createCertificateAuthority();
  const channels = new Map<string, Channel>();
  const answers: number[] = [];
  let origin = '';

  const webSocketServer = createHttpServer();
  const webSockets = new WebSocketServer({
    server: webSocketServer,
    handleProtocols: (offered) => (offered.has('push-notification') ? 'push-notification' : false),
  });
  webSockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const message: unknown = JSON.parse(String(data));
      if (isRecord(message)) answerBrowser(socket, message);
    });
  });

  function answerBrowser(socket: WebSocket, message: Record<string, unknown>): void {
    const answer = answerTo(socket, message);
    if (answer !== undefined) socket.send(JSON.stringify(answer));
  }

  function answerTo(socket: WebSocket, message: Record<string, unknown>): object | undefined {
    const { messageType, channelID } = message;
    switch (messageType) {
      case undefined:
      case 'ping':
        return {};
      case 'hello': {
        const uaid = randomUUID().replaceAll('-', '');
        return { messageType, uaid, status: 200, use_webpush: true, broadcasts: {} };
      }
      case 'register': {
        const token = randomBytes(24).toString('base64url');
        // Firefox pads the key.
        const applicationKey =
          typeof message['key'] === 'string' ? message['key'].replace(/=+$/, '') : undefined;
        channels.set(token, { channelId: String(channelID), applicationKey, socket });
        return { messageType, channelID, status: 200, pushEndpoint: `${origin}/wpush/v2/${token}` };
      }
      case 'unregister':
        return { messageType, channelID, status: 200 };
      default:
        return undefined;
    }
  }

  const endpoint = createHttpsServer(await authority.issue(['localhost']), (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const channel = channels.get(request.url?.split('/').pop() ?? '');
      const status = judge(body, request.headers, channel);
      answers.push(status);
      response.writeHead(status).end();
      if (status === 201) channel?.socket.send(JSON.stringify(notification(body, request.headers, channel)));
    });
  });

  function judge(
    body: Buffer,
    headers: NodeJS.Dict<string | string[]>,
    channel: Channel | undefined,
  ): number {
    if (channel === undefined) return 410;
    if (headers['ttl'] === undefined) return 400;
    if (body.length > largestPushBytes) return 413;
    const authorization = headers['authorization'];
    const refusal = checkVapid(typeof authorization === 'string' ? authorization : undefined, {
      audience: origin,
      subscribedWith: channel.applicationKey,
    });
    return refusal?.status ?? 201;
  }

  const webSocketPort = await listen(webSocketServer);
  origin = `https://localhost:${await listen(endpoint)}`;
  return {
    webSocketUrl: `ws://127.0.0.1:${webSocketPort}/`,
    ca: authority.ca,
    answers,
    async close() {
      for (const client of webSockets.clients) client.terminate();
      webSockets.close();
      webSocketServer.close();
      endpoint.close();
      endpoint.closeAllConnections();
    },
  };
}

function notification(body: Buffer, headers: NodeJS.Dict<string | string[]>, channel: Channel): object {
  return {
    messageType: 'notification',
    channelID: channel.channelId,
    version: randomUUID(),
    ttl: Number(headers['ttl']),
    data: body.toString('base64url'),
    headers: { encoding: headers['content-encoding'] },
  };
}
