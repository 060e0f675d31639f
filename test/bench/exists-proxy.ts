import { connect as connectTcp } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { listen } from '../support/listen.ts';

/**
 * A TLS-terminating proxy in front of an IMAP server that notes when each `* n EXISTS` line passes to the client, per
 * user: the moment from which the service can know of a mail. The stretch behind it is cleartext on loopback.
 */
export type ExistsProxy = {
  readonly port: number;
  /** When the mailbox of this user was first announced to hold `count` mails or more (performance.now() ms). */
  announcedAt(user: string, count: number): number | undefined;
  close(): Promise<void>;
};

export async function startExistsProxy(options: {
  readonly key: string;
  readonly cert: string;
  readonly imapPort: number;
}): Promise<ExistsProxy> {
  const announced = new Map<string, { at: number; count: number }[]>();
  const clients = new Set<TLSSocket>();
  const server = createServer({ key: options.key, cert: options.cert }, (client) => {
    clients.add(client);
    const upstream = connectTcp({ host: '127.0.0.1', port: options.imapPort, noDelay: true });
    let user: string | undefined;
    client.setNoDelay(true);
    client.on('data', (chunk: Buffer) => {
      user ??= loginName(chunk.toString('latin1'));
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      const at = performance.now();
      for (const [, count] of chunk.toString('latin1').matchAll(/^\* (\d+) EXISTS/gm)) {
        if (user === undefined) continue;
        const lines = announced.get(user) ?? [];
        lines.push({ at, count: Number(count) });
        announced.set(user, lines);
      }
      client.write(chunk);
    });
    const end = () => {
      clients.delete(client);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('close', end).on('error', end);
  });
  const port = await listen(server);
  return {
    port,
    announcedAt: (name, count) => announced.get(name)?.find((line) => line.count >= count)?.at,
    close: () =>
      new Promise((resolve) => {
        for (const client of clients) client.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The user of `AUTHENTICATE PLAIN` (its response may come on a line of its own) or `LOGIN`. */
function loginName(line: string): string | undefined {
  const login = /^\S+ LOGIN "?([^" \r\n]+)/i.exec(line)?.[1];
  if (login !== undefined) return login;
  const plain = /(?:AUTHENTICATE PLAIN )?([A-Za-z0-9+/=]{8,})\r?\n/i.exec(line)?.[1];
  if (plain === undefined) return undefined;
  const [, name] = Buffer.from(plain, 'base64').toString('utf8').split('\0');
  return name;
}
