import { setMaxListeners } from 'node:events';
import { withAnySignal } from '../../core/any-signal.ts';
import { inLanes } from '../../core/lanes.ts';
import { limits } from '../../core/limits.ts';
import type { Lease, Watch } from '../../store/items.ts';
import { getLease, releaseLease, takeLease } from '../../store/lease.ts';
import { listPartition } from '../../store/partition.ts';
import { getWorker } from '../../store/worker.ts';
import type { TickServices } from '../services.ts';
import type { WorkerConnections } from './worker-connections.ts';
import type { WorkerRoom } from './worker-room.ts';
import { mayTake } from './worker-rules.ts';

export type HeldOptions = {
  readonly workerId: string;
  readonly isPolled: (watch: Watch) => boolean;
  readonly connections: WorkerConnections;
  readonly room: WorkerRoom;
};

type Held = {
  /** Of the lease; while it is being taken up, of the one before. */
  generation: number;
  readonly accounts: Map<string, Begun>;
  isTaken: boolean;
};

/** When an account was last begun to be watched, and what its row said then of its last change. */
type Begun = { readonly at: number; readonly changedAt: number | undefined };

/**
 * The partitions of one worker with their connections. A partition is taken up in this order: connect to all its
 * accounts, then take the lease; its former holder lets go when it sees that. So each mailbox is watched at any moment,
 * for some seconds by both; what both see is stored once, because keys and cursors make repeats harmless.
 */
export class HeldPartitions {
  readonly #services: Pick<TickServices, 'store' | 'clock' | 'log'>;
  readonly #options: HeldOptions;
  readonly #held = new Map<number, Held>();
  readonly #takingUp = new Set<Promise<void>>();
  readonly #isEnding = new AbortController();
  #isClosed = false;

  constructor(services: Pick<TickServices, 'store' | 'clock' | 'log'>, options: HeldOptions) {
    this.#services = services;
    this.#options = options;
    // Each partition that is taken up listens; Node takes more than ten for a leak.
    setMaxListeners(0, this.#isEnding.signal);
  }

  /** Connections, those included that are being made. */
  get sessions(): number {
    return this.#options.connections.size;
  }

  /** Connections it may have. */
  get capacity(): number {
    return this.#options.room.capacity(this.sessions);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Begins to take up what is not held yet and may be taken. Resolves when each was taken up, or could not be. */
  async takeUp(partitions: readonly number[]): Promise<void> {
    if (this.#isEnding.signal.aborted) return;
    const begun = partitions
      .filter((partition) => !this.#held.has(partition))
      .map((partition) =>
        this.#takeUp(partition).catch(() => {
          this.#services.log.warn('partition-not-taken', { partition });
          this.#letGo(partition);
        }),
      );
    for (const each of begun) this.#takingUp.add(each);
    await Promise.all(begun);
    for (const each of begun) this.#takingUp.delete(each);
  }

  /** From now on nothing is taken: what is under way is broken off, what is held stays. */
  stopTaking(): void {
    this.#isEnding.abort();
  }

  /** Lets go what another worker has taken of the partitions that are not to stay. */
  async handOver(staying: readonly number[]): Promise<void> {
    const leaving = this.#taken().filter(([partition]) => !staying.includes(partition));
    await inLanes(leaving, limits.tickLanes, ([partition, held]) => this.#letGoIfLost(partition, held));
  }

  /**
   * Finds accounts that came, went, changed, or are to be polled from now on, in all partitions.
   *
   * @throws the first failure, after the others were looked at
   */
  async look(): Promise<void> {
    const failures: unknown[] = [];
    await inLanes(this.#taken(), limits.tickLanes, ([partition, held]) =>
      this.#look(partition, held).catch((error: unknown) => void failures.push(error)),
    );
    if (failures.length > 0) throw failures[0];
  }

  /** Closes all connections and gives all partitions up, at once: a server that says nothing must not hold this up. */
  async close(): Promise<void> {
    const { store, clock } = this.#services;
    this.stopTaking();
    this.#isClosed = true;
    const stopped = this.#options.connections.stop();
    await Promise.all(this.#takingUp);
    await inLanes(this.#taken(), limits.tickLanes, ([partition, { generation }]) =>
      releaseLease(store, { partition, generation }, clock.now()),
    );
    this.#held.clear();
    await stopped;
  }

  #taken(): [number, Held][] {
    return [...this.#held].filter(([, { isTaken }]) => isTaken);
  }

  async #takeUp(partition: number): Promise<void> {
    const { store, clock, log } = this.#services;
    const { workerId } = this.#options;
    const held: Held = { generation: 0, accounts: new Map(), isTaken: false };
    this.#held.set(partition, held);
    const lease = await getLease(store, partition);
    const holder = lease?.workerId === undefined ? undefined : await getWorker(store, lease.workerId);
    const watches = mayTake(lease, holder, workerId)
      ? (await listPartition(store, partition, clock.now())).watches
      : undefined;
    const wanted = watches?.filter((watch) => !this.#options.isPolled(watch));
    const isLeft = wanted === undefined || this.sessions + wanted.length > this.capacity;
    if (isLeft || this.#isEnding.signal.aborted) {
      this.#held.delete(partition);
      return;
    }
    held.generation = lease?.generation ?? 0;
    await this.#join(held, wanted);
    const taken = this.#isEnding.signal.aborted ? undefined : await this.#take(partition, lease);
    if (taken === undefined) {
      this.#letGo(partition);
      return;
    }
    held.generation = taken.generation;
    held.isTaken = true;
    log.info('partition-taken', { partition, accounts: wanted.length, generation: taken.generation });
  }

  /** Waits for the first try to connect to each account, for some time: one silent server must not keep the others. */
  async #join(held: Held, wanted: readonly Watch[]): Promise<void> {
    this.#watch(held, wanted);
    const settled = this.#options.connections.settled(wanted.map(({ accountId }) => accountId));
    await withAnySignal([this.#isEnding.signal], (signal) =>
      Promise.race([settled, this.#services.clock.sleep(limits.workerJoinMs, signal)]),
    );
  }

  /**
   * Asks until it is known who has the lease: when an answer was lost, it may be ours, and the one who had it lets go then.
   * @throws Error when the worker is closed before it is known
   */
  async #take(partition: number, from: Lease | undefined): Promise<Lease | undefined> {
    const { store, clock, log } = this.#services;
    for (;;) {
      try {
        return await takeLease(store, partition, from, this.#options.workerId);
      } catch (error) {
        if (this.#isClosed) throw error;
        log.warn('partition-not-taken', { partition });
        await clock.sleep(limits.leaseRetryMs);
      }
    }
  }

  async #look(partition: number, held: Held): Promise<void> {
    const { store, clock } = this.#services;
    const { connections, isPolled } = this.#options;
    const { watches, lease } = await listPartition(store, partition, clock.now());
    if (!this.#isOurs(lease, held)) {
      await this.#letGoIfLost(partition, held);
      return;
    }
    const wanted = watches.filter((watch) => !isPolled(watch));
    const staying = new Set(wanted.map(({ accountId }) => accountId));
    for (const accountId of held.accounts.keys()) if (!staying.has(accountId)) this.#drop(held, accountId);
    for (const { accountId, changedAt } of wanted) {
      const begun = held.accounts.get(accountId);
      // With what is stored of the account now.
      if (begun !== undefined && begun.changedAt !== changedAt) connections.end(accountId);
    }
    this.#watch(held, wanted);
  }

  #isOurs(lease: Lease | undefined, held: Held): boolean {
    return lease?.workerId === this.#options.workerId && lease.generation === held.generation;
  }

  /** Watches that ended, because a login was refused, are begun again after a while: the owner may have signed in again. */
  #watch(held: Held, watches: readonly Watch[]): void {
    const { connections } = this.#options;
    const now = this.#services.clock.now();
    for (const { accountId, changedAt } of watches) {
      const begun = held.accounts.get(accountId);
      if (begun !== undefined && begun.changedAt === changedAt) {
        if (connections.isWatching(accountId) || now - begun.at < limits.workerRestMs) continue;
      }
      // Those that find no room are polled: the tick takes the partition away then, or others.
      if (this.sessions >= this.capacity) continue;
      held.accounts.set(accountId, { at: now, changedAt });
      connections.begin(accountId, () => held.generation);
    }
  }

  /** Asks consistently: what was read with the accounts may be old. */
  async #letGoIfLost(partition: number, held: Held): Promise<void> {
    if (this.#isOurs(await getLease(this.#services.store, partition), held)) return;
    this.#services.log.info('partition-handed-over', { partition });
    this.#letGo(partition);
  }

  #letGo(partition: number): void {
    const held = this.#held.get(partition);
    if (held !== undefined) for (const accountId of held.accounts.keys()) this.#drop(held, accountId);
    this.#held.delete(partition);
  }

  #drop(held: Held, accountId: string): void {
    held.accounts.delete(accountId);
    this.#options.connections.end(accountId);
  }
}
