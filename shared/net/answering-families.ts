import type { LookupFunction, Socket } from 'node:net';
import { limits } from '../core/limits.ts';

/**
 * Which of IPv4 and IPv6 a host answered by last: its addresses of that kind are tried first. Else each connection to a
 * host that names addresses of the other kind and does not answer there would begin with a second of waiting. Among the
 * addresses of one kind, the name servers' order stays, by which some spread their load.
 */
export class AnsweringFamilies {
  readonly #families = new Map<string, number>();

  /** Told of each socket that connects to this host. */
  watch(host: string, socket: Socket): void {
    socket.once('connect', () => {
      const family = socket.remoteFamily === 'IPv6' ? 6 : 4;
      this.#families.delete(host);
      this.#families.set(host, family);
      if (this.#families.size <= limits.hostNames) return;
      const [oldest] = this.#families.keys();
      if (oldest !== undefined) this.#families.delete(oldest);
    });
  }

  /** The same lookup, with its answers in that order. */
  order(lookup: LookupFunction): LookupFunction {
    return (host, options, callback) => {
      lookup(host, options, (error, found, family) => {
        if (error !== null || !Array.isArray(found)) return callback(error, found, family);
        const first = this.#families.get(host);
        const rank = (each: { readonly family: number }) => (each.family === first ? 0 : 1);
        callback(
          null,
          [...found].sort((a, b) => rank(a) - rank(b)),
        );
      });
    };
  }
}
