import { connect as connectTcp, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { limits } from '../core/limits.ts';
import type { AddressGuard } from './address-guard.ts';
import { AnsweringFamilies } from './answering-families.ts';
import { parseHostName } from './host-name.ts';
import type { TrustStore } from './trust-store.ts';

/** Every connection to a mail server that this process has. */
const open = new Set<Socket>();

const families = new AnsweringFamilies();

/**
 * Breaks off all connections to mail servers, and tells how many there were. For a host that is frozen between two pieces
 * of work, and for one whose time is up: whatever waits on one of them fails at once.
 */
export function breakOffConnections(): number {
  const broken = open.size;
  for (const socket of open) socket.destroy();
  return broken;
}

/** How many connections to mail servers this process has. */
export function openConnections(): number {
  return open.size;
}

/** What every outgoing connection goes through. */
export type Network = { readonly guard: AddressGuard; readonly trust: TrustStore };

export type Peer = { readonly host: string; readonly port: number };

/**
 * A cleartext connection to a mail server, for STARTTLS only. The socket comes back at once; what goes wrong later is
 * its `error` event, with code `EADDRFORBIDDEN` when the name led to a forbidden address.
 *
 * @throws Fault `mail-host-forbidden` for a host or port that is refused before anything is looked up
 */
export function openTcp(network: Network, peer: Peer, onConnect?: () => void): Socket {
  return begun(peer, connectTcp(route(network, peer), onConnect));
}

/**
 * A TLS connection to a mail server, with its certificate verified for its name; there is no way to turn that off. A
 * session with the same server is resumed, see `TlsSessions`. Errors as for `openTcp`.
 *
 * @throws Fault `mail-host-forbidden` for a host or port that is refused before anything is looked up
 */
export function openTls(network: Network, peer: Peer, onSecure?: () => void): TLSSocket {
  return begun(peer, secure(network, peer, route(network, peer), onSecure));
}

/** TLS on a connected cleartext socket, after the server agreed to STARTTLS. Errors are the new socket's `error` event. */
export function upgradeToTls(network: Network, peer: Peer, socket: Duplex, onSecure?: () => void): TLSSocket {
  return secure(network, peer, { socket }, onSecure);
}

function secure({ trust }: Network, peer: Peer, way: ConnectionOptions, onSecure?: () => void): TLSSocket {
  const options = tlsOptions(trust, peer.host);
  return trust.sessions.connect(`${options.host} ${peer.port}`, { ...way, ...options }, onSecure);
}

/** For libraries that start TLS themselves on a socket of ours: who is trusted, and whose certificate it must be. */
export function tlsOptions(trust: TrustStore, host: string): ConnectionOptions & { readonly host: string } {
  const named = parseHostName(host);
  const common = { secureContext: trust.context, rejectUnauthorized: true };
  // SNI is for names only (RFC 6066 section 3). An address is verified by `host`, against the certificate's addresses.
  return named?.kind === 'name'
    ? { ...common, host: named.name, servername: named.name }
    : { ...common, host: named?.address ?? host };
}

function route({ guard }: Network, { host, port }: Peer) {
  guard.assertMailServer({ host, port });
  const named = parseHostName(host);
  return {
    host: named === undefined ? host : named.kind === 'name' ? named.name : named.address,
    port,
    lookup: families.order(guard.mailLookup(port)),
    autoSelectFamilyAttemptTimeout: limits.connectAttemptMs,
  };
}

function begun<S extends Socket>({ host }: Peer, socket: S): S {
  const named = parseHostName(host);
  if (named?.kind === 'name') families.watch(named.name, socket);
  return keepAlive(socket);
}

/**
 * Probes that keep NATs from forgetting a quiet connection. imapflow and nodemailer ask for a probe each 5 and 30 s on any
 * socket they are given (seen in imapflow 2.10.2): thousands of idle connections would never be quiet, so the interval is
 * set here and stays.
 */
function keepAlive<S extends Socket>(socket: S): S {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
  socket.setKeepAlive(true, limits.tcpKeepAliveMs);
  socket.setKeepAlive = () => socket;
  return socket;
}
