import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../listen.ts';

/** The way to one mailbox: a port of its own before the mail server, so that a cut meets who it should. */
export type ImapProxy = {
  readonly port: number;
  /** Ends the connections there are. */
  cut(): number;
  /** The connections there are take bytes and pass none from now on, and nobody is told: half-open. */
  silence(): number;
  /** New connections are ended at once. */
  refuse(isRefusing: boolean): void;
  /** How many connections pass bytes, and how many are half-open. */
  live(): number;
  silent(): number;
  close(): void;
};

type Link = { readonly client: Socket; readonly upstream: Socket; isSilent: boolean };

export async function startImapProxy(imapPort: number): Promise<ImapProxy> {
  const links = new Set<Link>();
  let isRefusing = false;
  const server = createServer({ noDelay: true }, (client) => {
    if (isRefusing) return void client.resetAndDestroy();
    const upstream = connect({ host: '127.0.0.1', port: imapPort, noDelay: true });
    const link: Link = { client, upstream, isSilent: false };
    links.add(link);
    client.on('data', (bytes) => void (link.isSilent || upstream.write(bytes)));
    upstream.on('data', (bytes) => void (link.isSilent || client.write(bytes)));
    const end = () => {
      links.delete(link);
      client.destroy();
      upstream.destroy();
    };
    client.on('close', end).on('error', end);
    // A server that gives up on a half-open connection is not heard either.
    for (const event of ['close', 'error']) upstream.on(event, () => void (link.isSilent || end()));
  });
  const port = await listen(server);
  const live = () => [...links].filter(({ isSilent }) => !isSilent);
  return {
    port,
    cut() {
      const cut = live();
      for (const { client } of cut) client.resetAndDestroy();
      return cut.length;
    },
    silence() {
      const silenced = live();
      for (const link of silenced) link.isSilent = true;
      return silenced.length;
    },
    refuse(refusing) {
      isRefusing = refusing;
    },
    live: () => live().length,
    silent: () => links.size - live().length,
    close() {
      server.close();
      for (const { client } of links) client.destroy();
    },
  };
}
