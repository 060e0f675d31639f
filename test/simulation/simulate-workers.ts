import { limits } from '../../shared/core/limits.ts';
import { planWorkers } from '../../shared/flows/watch/plan-workers.ts';
import { isHeld, mayTake } from '../../shared/flows/watch/worker-rules.ts';
import type { Lease, Worker } from '../../shared/store/items.ts';
import { Random } from '../support/random.ts';
import type { Day } from './day-counts.ts';
import { add } from './day-counts.ts';
import { minutesPerDay } from './day-pattern.ts';

export type WorkerHost =
  | { readonly kind: 'lambda'; readonly capacity: number; readonly lifeMs: number }
  | { readonly kind: 'container'; readonly capacity: number; readonly count: number };

/** What holding the connections of a day amounts to. Minutes of the day; all else are sums over it. */
export type WorkerDay = {
  /** Processes that run, those included that hand over. */
  readonly running: Float64Array;
  readonly starts: Float64Array;
  /** Logins because a partition changed hands. */
  readonly logins: Float64Array;
  /** Partitions that changed hands. */
  readonly handOvers: Float64Array;
  readonly workerSeconds: number;
  /** Minutes that accounts which want a connection were without one. */
  readonly waitingMinutes: number;
  /** Questions after the lease of a partition while it is handed over. */
  readonly leaseReads: number;
  readonly assignments: number;
  /** Load of the fullest worker and the mean, at the busiest minute. */
  readonly load: { readonly most: number; readonly mean: number };
  /** What planning took here in the slowest minute, in ms. */
  readonly slowestPlanMs: number;
};

/** Assumptions, in ms and per second: a cold start, one announcement with its start, the logins of one worker. */
const coldStartMs = 2_000;
const startEachMs = 30;
const loginsPerSecond = 30;

/** Before the day, so that it does not begin with all workers starting. */
const warmUpMinutes = 120;

/** The workers of a day on a clock that goes by seconds; who holds what is decided by the service's own code. */
export function simulateWorkers(day: Day, host: WorkerHost, seed: number): WorkerDay {
  return new WorkerSimulation(day, host, seed).run();
}

type Process = {
  row: Worker;
  readonly startedAt: number;
  /** Partitions of which it has the lease. */
  held: number;
  isGone: boolean;
};

class WorkerSimulation {
  readonly #day: Day;
  readonly #host: WorkerHost;
  readonly #partitions: number;
  readonly #random: Random;
  readonly #processes = new Map<string, Process>();
  readonly #leases: (Lease | undefined)[];
  /** What happens in a second, counted from the beginning of the warm-up. */
  readonly #agenda = new Map<number, (() => void)[]>();
  readonly #counts = {
    running: new Float64Array(minutesPerDay),
    starts: new Float64Array(minutesPerDay),
    logins: new Float64Array(minutesPerDay),
    handOvers: new Float64Array(minutesPerDay),
  };
  readonly #sums = { workerSeconds: 0, waitingMinutes: 0, leaseReads: 0, assignments: 0, slowestPlanMs: 0 };
  #load = { most: 0, mean: 0 };
  #loads: { readonly minute: number; readonly loads: readonly number[] } = { minute: -1, loads: [] };
  #now = 0;

  constructor(day: Day, host: WorkerHost, seed: number) {
    this.#day = day;
    this.#host = host;
    this.#partitions = day.accounts.length;
    this.#random = new Random(seed);
    this.#leases = Array.from({ length: this.#partitions });
  }

  run(): WorkerDay {
    const host = this.#host;
    this.#now = -warmUpMinutes * 60_000;
    if (host.kind === 'container')
      for (let box = 0; box < host.count; box++) this.#begin(`box-${box}`, [], undefined);
    for (let minute = -warmUpMinutes; minute < minutesPerDay; minute++) {
      this.#now = minute * 60_000;
      this.#tick(minute);
      for (let second = 0; second < 60; second++) {
        this.#now = minute * 60_000 + second * 1_000;
        for (const event of this.#take(this.#now)) event();
      }
    }
    this.#now = minutesPerDay * 60_000;
    for (const { startedAt } of this.#processes.values()) this.#noteLife(startedAt);
    return { ...this.#counts, ...this.#sums, load: this.#load };
  }

  #tick(minute: number): void {
    const loads = this.#loadsAt(minute);
    for (const process of this.#processes.values()) process.row = this.#stateNow(process.row);
    const workers = [...this.#processes.values()].map(({ row }) => row);
    const before = performance.now();
    const plan = planWorkers({
      loads,
      workers,
      now: this.#now,
      capacity: this.#host.capacity,
      mostWorkers: this.#host.kind === 'lambda' ? Number.MAX_SAFE_INTEGER : 0,
    });
    if (minute >= 0) {
      this.#sums.slowestPlanMs = Math.max(this.#sums.slowestPlanMs, performance.now() - before);
      this.#sums.waitingMinutes += this.#waiting(loads);
      this.#sums.assignments += plan.changes.length;
      add(this.#counts.starts, minute, plan.starts.length);
      add(this.#counts.running, minute, this.#processes.size);
      this.#noteLoad(loads);
    }
    for (const { worker, partitions } of plan.changes) {
      const process = this.#processes.get(worker.id);
      if (process === undefined) continue;
      process.row = { ...process.row, partitions, version: process.row.version + 1 };
      this.#at(this.#now + this.#random.next() * limits.workerBeatMs, () => this.#takeUp(worker.id));
    }
    for (const [index, partitions] of plan.starts.entries()) {
      const id = `${minute}-${partitions[0] ?? 0}`;
      this.#begin(id, partitions, this.#now + coldStartMs + (index / limits.tickLanes) * startEachMs);
    }
  }

  /** A process that has been announced: it takes up its partitions, and on Lambda it will come to an end. */
  #begin(id: string, partitions: readonly number[], startsAt: number | undefined): void {
    const { lifeMs } = this.#host.kind === 'lambda' ? this.#host : { lifeMs: undefined };
    const startedAt = startsAt ?? this.#now;
    const drainsAt =
      lifeMs === undefined
        ? undefined
        : startedAt + lifeMs - limits.handOverMs - this.#random.next() * limits.handOverSpreadMs;
    const row: Worker = {
      ...{ id, state: 'starting', instance: id, capacity: this.#host.capacity, sessions: 0, partitions },
      ...{ version: 1, aliveUntil: startedAt + limits.workerLifeMs, drainsAt },
    };
    this.#processes.set(id, { row, startedAt, held: 0, isGone: false });
    this.#at(startedAt, () => {
      const process = this.#processes.get(id);
      if (process !== undefined) process.row = { ...process.row, state: 'running' };
      this.#takeUp(id);
    });
    if (lifeMs !== undefined) this.#at(startedAt + lifeMs - limits.workerCloseMs, () => this.#end(id));
  }

  /** As it stands in the table: a sign of life each 10 s, and whether it hands over. */
  #stateNow(row: Worker): Worker {
    const aliveUntil = Math.max(row.aliveUntil, this.#now + limits.workerLifeMs - limits.workerBeatMs);
    const drains = row.state === 'running' && row.drainsAt !== undefined && row.drainsAt <= this.#now;
    return { ...row, aliveUntil, state: drains ? 'draining' : row.state };
  }

  /** Connects to the accounts of what it may take, and then takes the leases; asks again at its next sign of life. */
  #takeUp(id: string): void {
    const process = this.#processes.get(id);
    if (process === undefined || process.isGone) return;
    process.row = this.#stateNow(process.row);
    if (process.row.state === 'draining') return;
    const loads = this.#loadsAt(Math.floor(this.#now / 60_000));
    const wanted = process.row.partitions.filter((partition) => this.#leases[partition]?.workerId !== id);
    const free = wanted.filter((partition) => this.#mayTake(partition, id));
    const logins = free.reduce((sum, partition) => sum + (loads[partition] ?? 0), 0);
    const joinMs = Math.min(limits.workerJoinMs, (logins / loginsPerSecond) * 1_000);
    this.#noteLogins(logins, joinMs);
    if (free.length > 0) this.#at(this.#now + joinMs, () => this.#takeLeases(id, free));
    if (free.length < wanted.length) this.#at(this.#now + limits.workerBeatMs, () => this.#takeUp(id));
  }

  #mayTake(partition: number, id: string): boolean {
    const lease = this.#leases[partition];
    const holder = lease?.workerId === undefined ? undefined : this.#processes.get(lease.workerId);
    return mayTake(lease, holder && this.#stateNow(holder.row), id);
  }

  #takeLeases(id: string, partitions: readonly number[]): void {
    const process = this.#processes.get(id);
    if (process === undefined || process.isGone) return;
    for (const partition of partitions) {
      const lease = this.#leases[partition];
      const former = lease?.workerId === undefined ? undefined : this.#processes.get(lease.workerId);
      this.#leases[partition] = {
        ...{ partition, workerId: id, generation: (lease?.generation ?? 0) + 1 },
        releasedAt: undefined,
      };
      process.held += 1;
      if (former === undefined) continue;
      former.held -= 1;
      this.#noteLeaseReads(former);
      if (former.held === 0 && this.#stateNow(former.row).state === 'draining') {
        const { id: formerId } = former.row;
        this.#at(this.#now + limits.handOverLookMs, () => this.#end(formerId));
      }
    }
    if (this.#now >= 0) add(this.#counts.handOvers, this.#minute(), partitions.length);
  }

  /** One that hands over asks for each partition each 5 s, until somebody has taken it. */
  #noteLeaseReads({ row: { drainsAt } }: Process): void {
    if (this.#now < 0 || drainsAt === undefined) return;
    this.#sums.leaseReads += 1 + Math.max(0, Math.floor((this.#now - drainsAt) / limits.handOverLookMs));
  }

  #end(id: string): void {
    const process = this.#processes.get(id);
    if (process === undefined) return;
    process.isGone = true;
    this.#processes.delete(id);
    this.#noteLife(process.startedAt);
    if (process.held === 0) return;
    for (const [partition, lease] of this.#leases.entries()) {
      if (lease?.workerId === id)
        this.#leases[partition] = { ...lease, workerId: undefined, releasedAt: this.#now };
    }
  }

  #noteLife(startedAt: number): void {
    this.#sums.workerSeconds += Math.max(0, this.#now - Math.max(0, startedAt)) / 1_000;
  }

  #waiting(loads: readonly number[]): number {
    const rows = new Map([...this.#processes].map(([id, { row }]) => [id, row]));
    let waiting = 0;
    for (const [partition, load] of loads.entries()) {
      if (load === 0) continue;
      const lease = this.#leases[partition];
      if (!isHeld(lease, rows)) waiting += load;
    }
    return waiting;
  }

  #noteLoad(loads: readonly number[]): void {
    const sums = [...this.#processes.values()]
      .filter(({ row }) => row.state === 'running')
      .map(({ row }) => row.partitions.reduce((sum, partition) => sum + (loads[partition] ?? 0), 0));
    const most = sums.reduce((so, each) => Math.max(so, each), 0);
    if (most > this.#load.most) {
      this.#load = { most, mean: sums.reduce((sum, each) => sum + each, 0) / Math.max(1, sums.length) };
    }
  }

  #noteLogins(logins: number, joinMs: number): void {
    if (this.#now < 0) return;
    const minute = this.#minute();
    const here = Math.min(1, (60_000 - (this.#now % 60_000)) / Math.max(1, joinMs));
    add(this.#counts.logins, minute, logins * here);
    if (here < 1 && minute + 1 < minutesPerDay) add(this.#counts.logins, minute + 1, logins * (1 - here));
  }

  #minute(): number {
    return Math.floor(this.#now / 60_000);
  }

  /** Of one minute after the other, and asked for often. */
  #loadsAt(minute: number): readonly number[] {
    const day = Math.min(minutesPerDay - 1, Math.max(0, minute));
    if (this.#loads.minute !== day) {
      const from = day * this.#partitions;
      const { loads } = this.#day;
      this.#loads = { minute: day, loads: Array.from(loads.subarray(from, from + this.#partitions)) };
    }
    return this.#loads.loads;
  }

  #at(time: number, event: () => void): void {
    const second = Math.max(Math.ceil(time / 1_000), Math.floor(this.#now / 1_000) + 1);
    const others = this.#agenda.get(second);
    if (others === undefined) this.#agenda.set(second, [event]);
    else others.push(event);
  }

  #take(now: number): readonly (() => void)[] {
    const second = now / 1_000;
    const events = this.#agenda.get(second) ?? [];
    this.#agenda.delete(second);
    return events;
  }
}
