import { connect, createServer } from 'node:net';
import { listen } from '../support/listen.ts';

/** Passes connections on, and counts how often a client had to speak and wait: its round trips after TCP's own. */
export async function startFlightCounter(targetPort: number): Promise<{
  readonly port: number;
  /** Flights of all connections since the last time this was asked. */
  take(): number;
  close(): Promise<void>;
}> {
  let flights = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    let speaking = false;
    client.on('data', (chunk: Buffer) => {
      if (!speaking) flights += 1;
      speaking = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      speaking = false;
      client.write(chunk);
    });
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  const port = await listen(server);
  return {
    port,
    take() {
      const taken = flights;
      flights = 0;
      return taken;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
