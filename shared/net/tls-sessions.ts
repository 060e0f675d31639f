import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

type KeptSession = { readonly session: Buffer; readonly verifiedAt: number };

/**
 * TLS sessions of servers whose certificate was verified, to be resumed (RFC 8446 section 2.2): a full handshake with its
 * verification is the dearest part of looking into a mailbox. Who resumes proves to have the key that was agreed on when
 * the certificate was shown, and Node verifies neither the chain nor the name again. So they belong to one trust store,
 * to one host, port and name each, and a certificate is looked at again after `limits.tlsSessionMs`. In memory only.
 */
export class TlsSessions {
  readonly #kept = new Map<string, KeptSession>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #most: number;

  /** @param most servers whose session is kept */
  constructor(clock: Pick<Clock, 'now'> = systemClock, most: number = limits.tlsSessions) {
    this.#clock = clock;
    this.#most = most;
  }

  /** How many servers have one. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Connects, and resumes the session with the server where there is one.
   *
   * @param server everything that the certificate is verified for, and the port
   */
  connect(server: string, options: ConnectionOptions, onSecure?: () => void): TLSSocket {
    const offered = this.#find(server);
    const socket = connectWith(offered?.session, options, onSecure);
    let isSecure = false;
    let verifiedAt = 0;
    socket.once('secureConnect', () => {
      isSecure = true;
      verifiedAt = offered !== undefined && socket.isSessionReused() ? offered.verifiedAt : this.#clock.now();
    });
    // Node tells of none before the certificate was found good.
    socket.on('session', (session) => {
      if (isSecure && socket.authorized) this.#keep(server, { session, verifiedAt });
    });
    // A server that stumbles over a session is asked without one next time.
    socket.once('close', () => {
      if (!isSecure && this.#kept.get(server) === offered) this.#kept.delete(server);
    });
    return socket;
  }

  #find(server: string): KeptSession | undefined {
    const found = this.#kept.get(server);
    if (found === undefined || this.#clock.now() - found.verifiedAt < limits.tlsSessionMs) return found;
    this.#kept.delete(server);
    return undefined;
  }

  /** The newest: some servers take each ticket once. The one that was kept longest ago makes room. */
  #keep(server: string, kept: KeptSession): void {
    this.#kept.delete(server);
    this.#kept.set(server, kept);
    if (this.#kept.size <= this.#most) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}

declare module 'node:tls' {
  // Not among Node's types, as `getSession` is. Tests hold that what is set is resumed.
  interface TLSSocket {
    setSession(session: Buffer): void;
  }
}

/**
 * A session that is among the options is read twice by Node (seen in 20.20), and each time costs a fifth of the handshake.
 * Set before the socket connects, it is read once; on a socket that is connected already, the handshake begins at once.
 */
function connectWith(
  session: Buffer | undefined,
  options: ConnectionOptions,
  onSecure?: () => void,
): TLSSocket {
  if (session === undefined) return connect(options, onSecure);
  if (options.socket !== undefined) return connect({ ...options, session }, onSecure);
  const socket = connect(options, onSecure);
  socket.setSession(session);
  return socket;
}
