import { minutesPerDay } from './day-pattern.ts';
import { hostGroups } from './hosts.ts';
import type { DaySink } from './walk-day.ts';

/** What a day of many mailboxes amounts to, minute by minute. */
export type Day = {
  /** By group of hosts, then by minute. */
  readonly polls: readonly Float64Array[];
  readonly held: readonly Float64Array[];
  /** Mailboxes that get a connection because mail was found. */
  readonly joins: readonly Float64Array[];
  readonly messages: Float64Array;
  /** How many want a connection: of each minute, partition by partition. */
  readonly loads: Uint16Array;
  /** Watches in each partition. */
  readonly accounts: Uint32Array;
};

/** One more than the day's minutes: what ends at midnight ends there. */
const width = minutesPerDay + 1;

/**
 * Counts in steps: what begins adds one to its minute, what ends takes one away. Polls are kept apart by interval and
 * phase, so that in each minute exactly those are counted that fall into it.
 */
export class DayCounts implements DaySink {
  readonly messages = new Float64Array(minutesPerDay);
  readonly #rows: ReadonlyMap<number, number>;
  readonly #rowCount: number;
  readonly #polls: readonly Int32Array[];
  readonly #held = perGroup();
  readonly #joins = perGroup();
  readonly #loads: Int16Array;
  readonly #accounts: Uint32Array;
  readonly #partitions: number;
  #group = 0;
  #partition = 0;

  constructor(partitions: number, intervals: readonly number[]) {
    let rows = 0;
    this.#rows = new Map(
      intervals.map((interval) => {
        const first = rows;
        rows += interval;
        return [interval, first];
      }),
    );
    this.#rowCount = rows;
    this.#polls = Array.from({ length: hostGroups }, () => new Int32Array(rows * width));
    this.#partitions = partitions;
    this.#loads = new Int16Array(partitions * width);
    this.#accounts = new Uint32Array(partitions);
  }

  /** Whose day is told next. */
  begin(group: number, partition: number): void {
    this.#group = group;
    this.#partition = partition;
    add(this.#accounts, partition, 1);
  }

  polled(interval: number, phase: number, from: number, to: number): void {
    const polls = this.#polls[this.#group];
    const row = this.#rows.get(interval);
    if (polls === undefined || row === undefined)
      throw new Error(`no counter for an interval of ${interval} minutes`);
    add(polls, (row + phase) * width + from, 1);
    add(polls, (row + phase) * width + to, -1);
  }

  held(from: number, to: number): void {
    const held = this.#held[this.#group];
    if (held !== undefined) {
      add(held, from, 1);
      add(held, to, -1);
    }
    add(this.#loads, this.#partition * width + from, 1);
    add(this.#loads, this.#partition * width + to, -1);
  }

  found(minute: number): void {
    const joins = this.#joins[this.#group];
    if (joins !== undefined) add(joins, minute, 1);
  }

  /** @param firstMinute of the day, since the epoch */
  finish(firstMinute: number): Day {
    return {
      polls: this.#polls.map((polls) => this.#pollsByMinute(polls, firstMinute)),
      held: this.#held.map(summedUp),
      joins: this.#joins,
      messages: this.messages,
      loads: this.#loadsByMinute(),
      accounts: this.#accounts,
    };
  }

  #pollsByMinute(polls: Int32Array, firstMinute: number): Float64Array {
    const byMinute = new Float64Array(minutesPerDay);
    const now = new Int32Array(this.#rowCount);
    for (let minute = 0; minute < minutesPerDay; minute++) {
      for (let row = 0; row < this.#rowCount; row++) add(now, row, polls[row * width + minute] ?? 0);
      for (const [interval, first] of this.#rows) {
        add(byMinute, minute, now[first + ((firstMinute + minute) % interval)] ?? 0);
      }
    }
    return byMinute;
  }

  #loadsByMinute(): Uint16Array {
    const loads = new Uint16Array(minutesPerDay * this.#partitions);
    for (let partition = 0; partition < this.#partitions; partition++) {
      let load = 0;
      for (let minute = 0; minute < minutesPerDay; minute++) {
        load += this.#loads[partition * width + minute] ?? 0;
        loads[minute * this.#partitions + partition] = load;
      }
    }
    return loads;
  }
}

/** `index` is always within; the compiler cannot know. */
export function add(
  counts: Float64Array | Int32Array | Int16Array | Uint32Array,
  index: number,
  by: number,
): void {
  counts[index] = (counts[index] ?? 0) + by;
}

function perGroup(): readonly Float64Array[] {
  return Array.from({ length: hostGroups }, () => new Float64Array(width));
}

function summedUp(steps: Float64Array): Float64Array {
  const sums = new Float64Array(minutesPerDay);
  let sum = 0;
  for (let minute = 0; minute < minutesPerDay; minute++) {
    sum += steps[minute] ?? 0;
    sums[minute] = sum;
  }
  return sums;
}
