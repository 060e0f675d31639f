import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import type { Resolve } from '../../shared/net/address-guard.ts';

/** What a name has; a function is asked anew each time, and may answer something else. */
export type Zone = Readonly<Record<string, readonly Answer[] | (() => readonly Answer[])>>;

export type LocalDns = {
  /** For `mailDns`. */
  readonly servers: readonly string[];
  /** For `createAddressGuard`. */
  readonly resolve: Resolve;
  /** Names that were asked for, with their types. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
};

/** A name server on this machine that knows one zone, and says of every other name that it does not exist. */
export async function startLocalDns(zone: Zone): Promise<LocalDns> {
  const asked: string[] = [];
  const socket = createSocket('udp4', (message, peer) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    asked.push(`${question.type} ${name}`);
    const entry = zone[name];
    const all = typeof entry === 'function' ? entry() : entry;
    const answers = (all ?? []).filter(({ type }) => type === question.type);
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      // NXDOMAIN is 3 (RFC 1035 section 4.1.1).
      flags: RECURSION_DESIRED | AUTHORITATIVE_ANSWER | (entry === undefined ? 3 : 0),
      questions: [question],
      answers: [...answers],
    });
    socket.send(reply, peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const servers = [`127.0.0.1:${socket.address().port}`];
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  resolver.setServers(servers);
  return {
    servers,
    asked,
    async resolve(host) {
      const [four, six] = await Promise.all([
        resolver.resolve4(host).catch(() => []),
        resolver.resolve6(host).catch(() => []),
      ]);
      return [
        ...four.map((address) => ({ address, family: 4 })),
        ...six.map((address) => ({ address, family: 6 })),
      ];
    },
    async stop() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

export const a = (name: string, address: string): Answer => ({ type: 'A', name, ttl: 0, data: address });
export const aaaa = (name: string, address: string): Answer => ({
  type: 'AAAA',
  name,
  ttl: 0,
  data: address,
});
export const mx = (name: string, exchange: string, preference = 10): Answer => ({
  type: 'MX',
  name,
  ttl: 0,
  data: { exchange, preference },
});
export const srv = (name: string, target: string, port: number, priority = 0, weight = 0): Answer => ({
  type: 'SRV',
  name,
  ttl: 0,
  data: { target, port, priority, weight },
});
