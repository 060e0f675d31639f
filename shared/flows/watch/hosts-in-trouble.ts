import { hostNameOf } from '../../core/host-name.ts';
import type { HostCircuit, Watch } from '../../store/items.ts';
import { standingOf } from './circuit-rules.ts';

/** Keeps accounts at hosts in trouble out of one tick's polls, all but one each that proves whether its host is well again. */
export class HostsInTrouble {
  readonly #circuits: ReadonlyMap<string, HostCircuit>;
  readonly #now: number;
  readonly #random: () => number;
  readonly #probes = new Map<string, { accountId: string; considered: number }>();

  constructor(circuits: readonly HostCircuit[], now: number, random: () => number = Math.random) {
    this.#circuits = new Map(circuits.map((circuit) => [circuit.host, circuit]));
    this.#now = now;
    this.#random = random;
  }

  /**
   * Whether the host of an account is in trouble, so that it is not polled. Any of them may become the probe, due or not: to
   * take always the first could mean to take one whose login is refused, and so never find out.
   */
  leavesOut(watch: Pick<Watch, 'accountId' | 'host'>): boolean {
    const host = hostNameOf(watch.host);
    const standing = standingOf(this.#circuits.get(host), this.#now);
    if (standing.kind === 'wants-probe') {
      const considered = (this.#probes.get(host)?.considered ?? 0) + 1;
      const accountId =
        this.#random() * considered < 1
          ? watch.accountId
          : (this.#probes.get(host)?.accountId ?? watch.accountId);
      this.#probes.set(host, { accountId, considered });
    }
    return standing.kind !== 'well';
  }

  /** The accounts that prove it. */
  get probes(): string[] {
    return [...this.#probes.values()].map(({ accountId }) => accountId);
  }
}
