import { limits } from '../../core/limits.ts';
import type { Lease, Watch } from '../../store/items.ts';
import { getLease, releaseLease, takeLease } from '../../store/lease.ts';
import { listPartition } from '../../store/partition.ts';
import { getWorker } from '../../store/worker.ts';
import type { Services } from '../services.ts';
import { Watchers } from './watchers.ts';
import { mayTake } from './worker-rules.ts';

type Held = {
  /** Of the lease; while it is being taken up, of the one before. */
  generation: number;
  /** Its accounts, and when each was last begun to be watched. */
  readonly accounts: Map<string, number>;
  isTaken: boolean;
};

/**
 * The partitions of one worker with their connections. A partition is taken up in this order: connect to all its
 * accounts, then take the lease; its former holder lets go when it sees that. So each mailbox is watched at any moment,
 * for some seconds by both; what both see is stored once, because keys and cursors make repeats harmless.
 */
export class HeldPartitions {
  readonly #services: Services;
  readonly #workerId: string;
  readonly #isPolled: (watch: Watch) => boolean;
  readonly #watchers: Watchers;
  readonly #held = new Map<number, Held>();
  #isClosed = false;

  constructor(services: Services, workerId: string, isPolled: (watch: Watch) => boolean) {
    this.#services = services;
    this.#workerId = workerId;
    this.#isPolled = isPolled;
    this.#watchers = new Watchers(services);
  }

  /** Connections, those included that are being made. */
  get sessions(): number {
    return this.#watchers.size;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Begins to take up what is not held yet and may be taken. Resolves when each was taken up, or could not be. */
  async takeUp(partitions: readonly number[]): Promise<void> {
    await Promise.all(
      partitions
        .filter((partition) => !this.#held.has(partition))
        .map((partition) =>
          this.#takeUp(partition).catch(() => {
            this.#services.log.warn('partition-not-taken', { partition });
            this.#letGo(partition);
          }),
        ),
    );
  }

  /** Lets go what another worker has taken of the partitions that are not to stay. */
  async handOver(staying: readonly number[]): Promise<void> {
    for (const [partition, held] of this.#held) {
      if (held.isTaken && !staying.includes(partition)) await this.#letGoIfLost(partition, held);
    }
  }

  /** Finds accounts that came, went, or are to be polled from now on, in all partitions. */
  async look(): Promise<void> {
    const { store, clock } = this.#services;
    for (const [partition, held] of this.#held) {
      if (!held.isTaken) continue;
      const { watches, lease } = await listPartition(store, partition, clock.now());
      if (!this.#isOurs(lease, held)) {
        await this.#letGoIfLost(partition, held);
        continue;
      }
      const wanted = watches.filter((watch) => !this.#isPolled(watch));
      const staying = new Set(wanted.map(({ accountId }) => accountId));
      this.#drop(
        held,
        [...held.accounts.keys()].filter((accountId) => !staying.has(accountId)),
      );
      for (const watch of wanted) if (isOutdated(held, watch)) this.#renew(held, watch.accountId);
      this.#watch(held, wanted);
    }
  }

  /** Closes all connections and gives all partitions up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#watchers.stop();
    await Promise.all(
      [...this.#held].map(async ([partition, { generation, isTaken }]) => {
        const lease = { partition, generation, workerId: this.#workerId };
        if (isTaken) await releaseLease(this.#services.store, lease);
      }),
    );
    this.#held.clear();
  }

  async #takeUp(partition: number): Promise<void> {
    const { store, clock, log } = this.#services;
    const held: Held = { generation: 0, accounts: new Map(), isTaken: false };
    this.#held.set(partition, held);
    const lease = await getLease(store, partition);
    const holder = lease?.workerId === undefined ? undefined : await getWorker(store, lease.workerId);
    if (!mayTake(lease, holder, this.#workerId, clock.now())) {
      this.#held.delete(partition);
      return;
    }
    held.generation = lease?.generation ?? 0;
    const { watches } = await listPartition(store, partition, clock.now());
    const wanted = watches.filter((watch) => !this.#isPolled(watch));
    const accounts = wanted.map(({ accountId }) => accountId);
    if (this.#isClosed) return;
    this.#watch(held, wanted);
    await Promise.race([this.#watchers.settled(accounts), clock.sleep(limits.workerJoinMs)]);
    const taken = this.#isClosed ? undefined : await takeLease(store, partition, lease, this.#workerId);
    if (taken === undefined) {
      this.#letGo(partition);
      return;
    }
    held.generation = taken.generation;
    held.isTaken = true;
    log.info('partition-taken', { partition, accounts: accounts.length, generation: taken.generation });
  }

  #isOurs(lease: Lease | undefined, held: Held): boolean {
    return lease?.workerId === this.#workerId && lease.generation === held.generation;
  }

  /** Watches that ended, because a login was refused, are begun again after a while: the owner may have signed in again. */
  #watch(held: Held, watches: readonly Watch[]): void {
    const now = this.#services.clock.now();
    for (const { accountId } of watches) {
      const begunAt = held.accounts.get(accountId);
      const isDue = begunAt === undefined || now - begunAt >= limits.workerRestMs;
      if (this.#watchers.isWatching(accountId) || !isDue) continue;
      held.accounts.set(accountId, now);
      this.#watchers.ensure(accountId, () => held.generation);
    }
  }

  /** With what is stored of the account now. */
  #renew(held: Held, accountId: string): void {
    held.accounts.set(accountId, this.#services.clock.now());
    void this.#watchers.drop(accountId).then(() => {
      const isWanted = !this.#isClosed && held.accounts.has(accountId);
      if (isWanted) this.#watchers.ensure(accountId, () => held.generation);
    });
  }

  /** Asks consistently: what was read with the accounts may be old. */
  async #letGoIfLost(partition: number, held: Held): Promise<void> {
    if (this.#isOurs(await getLease(this.#services.store, partition), held)) return;
    this.#services.log.info('partition-handed-over', { partition });
    this.#letGo(partition);
  }

  #letGo(partition: number): void {
    const held = this.#held.get(partition);
    if (held !== undefined) this.#drop(held, [...held.accounts.keys()]);
    this.#held.delete(partition);
  }

  /** Does not wait until they are closed: a server that does not answer must not keep the worker from its signs of life. */
  #drop(held: Held, accountIds: readonly string[]): void {
    for (const accountId of accountIds) {
      void this.#watchers.drop(accountId);
      held.accounts.delete(accountId);
    }
  }
}

/** Whether a watch began before what is stored of its account changed. */
function isOutdated(held: Held, { accountId, changedAt }: Watch): boolean {
  const begunAt = held.accounts.get(accountId);
  return begunAt !== undefined && changedAt !== undefined && changedAt >= begunAt;
}
