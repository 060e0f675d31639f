import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { listen } from './listen.ts';
import { scriptedAuthority } from './scripted-authority.ts';

export type LocalWeb = {
  readonly port: number;
  /** The CA to trust, in PEM. */
  readonly ca: string;
  /** What was asked for, as `host/path`. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
};

/** An HTTPS server on this machine, with a certificate for these names, that answers by `host` and path. */
export async function startLocalWeb(
  names: readonly string[],
  answer: (at: string, response: ServerResponse, request: IncomingMessage) => void,
): Promise<LocalWeb> {
  const authority = await scriptedAuthority();
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer(await authority.issue([...names]), (request, response) => {
    const at = `${request.headers.host?.replace(/:\d+$/, '')}${request.url}`;
    asked.push(at);
    answer(at, response, request);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listen(server);
  return {
    port,
    ca: authority.ca,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
