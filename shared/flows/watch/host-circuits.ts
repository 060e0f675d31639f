import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/faults.ts';
import { Gate } from '../../core/gate.ts';
import { hostNameOf } from '../../core/host-name.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/log.ts';
import type { Metrics } from '../../core/metrics.ts';
import { Throttled } from '../../imap/mail-fault.ts';
import { providerOf } from '../../providers/provider-table.ts';
import type { Store } from '../../store/client.ts';
import { deleteHostCircuit, listHostCircuits, putHostCircuit } from '../../store/host-circuit.ts';
import type { HostCircuit } from '../../store/items.ts';
import { getWorkerCount } from '../../store/worker.ts';
import {
  type Attempts,
  circuitAfterTrouble,
  digestOfHost,
  mustShut,
  standingOf,
  withAttempt,
} from './circuit-rules.ts';

/** The host is left alone for a while: nobody tried to connect. */
export class HostShut extends Fault {
  constructor(
    /** When to ask again, ms since the epoch. */
    readonly until: number,
    now: number,
  ) {
    super('mail-host-unreachable', 'The mail server has not answered for a while. Try again later.', {
      retryAfterSeconds: Math.max(1, Math.ceil((until - now) / 1000)),
    });
  }
}

type CircuitServices = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
};

export type CircuitOptions = {
  readonly random?: () => number;
  /** To one host, of all workers together; left out, as its provider takes them. */
  readonly loginsPerMinute?: (host: string) => number;
};

/**
 * The way to the mail servers, for all of this process. A host that fails most logins is left alone by all processes, until
 * one of them finds it well again; logins that nobody waits for are paced. What is known of a host in trouble lies in the
 * table, where a healthy host has no row; a look at it may be `limits.hostLookMs` old.
 */
export class HostCircuits {
  readonly #services: CircuitServices;
  readonly #options: Required<CircuitOptions>;
  readonly #gate: Gate;
  readonly #attempts = new Map<string, Attempts>();
  /** Until when a host is asked for half as many logins. */
  readonly #slowUntil = new Map<string, number>();
  #circuits: ReadonlyMap<string, HostCircuit> = new Map();
  #workers = 1;
  #look: { readonly at: number; readonly done: Promise<void> } | undefined;

  constructor(services: CircuitServices, options: CircuitOptions = {}) {
    this.#services = services;
    this.#options = {
      random: Math.random,
      loginsPerMinute: (host) => providerOf(host).loginsPerMinute,
      ...options,
    };
    this.#gate = new Gate(limits.logins, limits.loginsPerHost, {
      perMinute: (host) => this.#loginsPerMinute(host),
      clock: services.clock,
    });
  }

  /**
   * Logs in for a watch or a poll, as soon as it is its turn.
   *
   * @param login connects to this host, and logs in; other work is not counted
   * @returns undefined after an abort while waiting
   * @throws HostShut, or what the login throws
   */
  async inTurn<T>(host: string, login: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    const name = hostNameOf(host);
    // Those whose host is left alone take up no place.
    await this.#lookAgain();
    this.#refuseShut(name);
    return this.#gate.pass(name, () => this.pass(name, login), signal);
  }

  /** Logs in for somebody who waits: at once, unless the host is left alone. Else as `inTurn`. */
  async pass<T>(host: string, login: () => Promise<T>): Promise<T> {
    const name = hostNameOf(host);
    await this.#lookAgain();
    const probed = await this.#enter(name);
    let outcome: 'good' | 'bad' | undefined;
    try {
      const result = await login();
      outcome = 'good';
      return result;
    } catch (error) {
      outcome = outcomeOf(error);
      if (error instanceof Throttled) this.noteThrottled(name);
      throw error;
    } finally {
      // What cannot be noted, because the database is away, is found again by the next one.
      if (outcome !== undefined) await this.#note(name, outcome, probed).catch(() => undefined);
    }
  }

  /** A server asked, by what it said after a login, to be asked less. */
  noteThrottled(host: string): void {
    this.#slowUntil.set(hostNameOf(host), this.#services.clock.now() + limits.hostSlowMs);
  }

  /** @returns the circuit, when this process is the one to prove whether the host is well again */
  async #enter(host: string): Promise<HostCircuit | undefined> {
    const { clock, store } = this.#services;
    this.#refuseShut(host);
    const circuit = this.#circuits.get(host);
    if (circuit === undefined) return undefined;
    const now = clock.now();
    const probeUntil = now + limits.hostProbeMs;
    const probed = await putHostCircuit(store, { ...circuit, probeUntil }, now);
    if (probed !== 'stale') {
      this.#know(host, probed);
      return probed;
    }
    this.#look = undefined;
    throw new HostShut(now + limits.hostLookMs, now);
  }

  #refuseShut(host: string): void {
    const now = this.#services.clock.now();
    const standing = standingOf(this.#circuits.get(host), now);
    if (standing.kind === 'shut') throw new HostShut(standing.until, now);
  }

  #note(host: string, outcome: 'good' | 'bad', probed: HostCircuit | undefined): Promise<void> {
    return outcome === 'good' ? this.#noteGood(host, probed) : this.#noteBad(host, probed);
  }

  async #noteGood(host: string, probed: HostCircuit | undefined): Promise<void> {
    const { clock, store, log, metrics } = this.#services;
    const attempts = this.#attempts.get(host);
    // Of a host that does not fail, nothing is kept.
    if (attempts !== undefined) {
      const all = withAttempt(attempts, 'good', clock.now());
      if (all.some(({ bad }) => bad > 0)) this.#attempts.set(host, all);
      else this.#attempts.delete(host);
    }
    if (probed === undefined) return;
    await deleteHostCircuit(store, probed);
    this.#know(host, undefined);
    this.#attempts.delete(host);
    log.info('host-circuit-closed', { host: digestOfHost(host), openings: probed.openings });
    metrics.add('HostCircuits', 1, { change: 'closed' });
  }

  async #noteBad(host: string, probed: HostCircuit | undefined): Promise<void> {
    const { clock, store, log, metrics } = this.#services;
    const now = clock.now();
    const attempts = withAttempt(this.#attempts.get(host) ?? [], 'bad', now);
    this.#attempts.set(host, attempts);
    // Others who were on their way while it was shut change nothing.
    if (probed === undefined && (this.#circuits.has(host) || !mustShut(attempts))) return;
    const circuit = circuitAfterTrouble(host, probed, now, this.#options.random());
    this.#know(host, circuit);
    this.#attempts.delete(host);
    const written = await putHostCircuit(store, circuit, now);
    if (written === 'stale') {
      this.#look = undefined;
      return;
    }
    this.#know(host, written);
    log.warn('host-circuit-opened', {
      host: digestOfHost(host),
      openings: circuit.openings,
      ms: circuit.shutUntil - now,
    });
    metrics.add('HostCircuits', 1, { change: 'opened' });
  }

  #know(host: string, circuit: HostCircuit | undefined): void {
    const known = new Map(this.#circuits);
    if (circuit === undefined) known.delete(host);
    else {
      known.set(host, circuit);
      this.noteThrottled(host);
    }
    this.#circuits = known;
  }

  #loginsPerMinute(host: string): number {
    const isSlow = (this.#slowUntil.get(host) ?? 0) > this.#services.clock.now();
    return Math.max(1, this.#options.loginsPerMinute(host) / this.#workers / (isSlow ? 2 : 1));
  }

  /** Those who come while it is looked wait for the same look. */
  async #lookAgain(): Promise<void> {
    const now = this.#services.clock.now();
    if (this.#look === undefined || now - this.#look.at >= limits.hostLookMs)
      this.#look = { at: now, done: this.#lookInto(now) };
    await this.#look.done;
  }

  async #lookInto(now: number): Promise<void> {
    const { store } = this.#services;
    try {
      const [circuits, workers] = await Promise.all([listHostCircuits(store, now), getWorkerCount(store)]);
      this.#circuits = new Map();
      for (const circuit of circuits) this.#know(circuit.host, circuit);
      this.#workers = Math.max(1, workers ?? 1);
    } catch {
      // The database is away: what was known stays, and nobody is kept from his mailbox by that.
    }
  }
}

/** What a failed login says of the host, which concerns all accounts there: one that was refused was answered. */
function outcomeOf(error: unknown): 'good' | 'bad' | undefined {
  if (!(error instanceof Fault)) return undefined;
  if (error.code === 'login-refused') return 'good';
  return error.code === 'mail-host-unreachable' ? 'bad' : undefined;
}
