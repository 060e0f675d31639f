import { deploy, disturb, endDisturbances, killWorker, misassign, slightTrouble } from './disturbances.ts';
import type { Mailbox } from './mailbox.ts';
import type { TableInput } from './table-in-memory.ts';
import { World } from './world.ts';

/**
 * `hand-overs`: nothing goes wrong, workers end as planned and the tick comes twice now and then. `deaths`: workers are
 * killed. `no successor`: all are, and none can be started. `everything`: for eight minutes all that can go wrong does, and
 * then nothing more.
 */
export type Story = 'hand-overs' | 'deaths' | 'no successor' | 'everything';

export type ModelRun = {
  readonly story: Story;
  readonly seed: number;
  readonly alter?: (request: TableInput) => TableInput;
};

/** What a run amounted to. */
export type ModelReport = World['rules']['counts'] & {
  steps: number;
  /** The longest that an account had no connection after its worker was killed, and a mail waited, ms. */
  longestGapMs: number;
  longestWaitMs: number;
  /** The longest that two workers were connected to an account, ms. */
  longestDoubleMs: number;
};

const second = 1_000;
const minute = 60 * second;

/**
 * After the last disturbance, and after a death: the worker's life since its last sign, the tick that follows, its second
 * look, a start and the logins; and by how much clocks differ.
 */
export const bounds = {
  skewMs: 30 * second,
  /** Until each account is connected again. */
  connectedMs: 150 * second,
  /** Until the second of two workers that are connected to an account lets go. */
  doubleMs: 100 * second,
  /** Until mail is told of that came while nobody held its account. */
  toldMs: 135 * second,
} as const;

/** @throws Error that names the seed, and what was broken */
export async function runModel({ story, seed, alter }: ModelRun): Promise<ModelReport> {
  const run = new Run(story, seed, alter);
  await run.play();
  return run.report;
}

/** In the story without successors: as long as orphans are polled at once. */
const minutesOf = { 'hand-overs': 24, deaths: 24, 'no successor': 14, everything: 20 } as const;

class Run {
  readonly report: ModelReport;
  readonly #story: Story;
  readonly #seed: number;
  readonly #world: World;
  readonly #startedAt: number;
  /** Since when an account has had no connection that wants one. */
  readonly #goneSince = new Map<Mailbox, number>();
  /** Since when more than one worker has been connected to an account. */
  readonly #doubleSince = new Map<Mailbox, number>();
  /** Those that must stay connected from now on. */
  readonly #steady = new Set<Mailbox>();
  /** From when on nothing goes wrong any more. */
  #wellFrom: number;
  /** No worker will ever come again. */
  #isAbandoned = false;

  constructor(story: Story, seed: number, alter: ModelRun['alter']) {
    this.#story = story;
    this.#seed = seed;
    const odd = seed % 2 === 1;
    this.#world = new World({
      ...{ seed, host: odd ? 'containers' : 'lambda', partitions: 2 + (seed % 3) },
      // With the smaller one, it takes two functions for all.
      ...{ capacity: odd ? 20 : 8, skewMs: bounds.skewMs },
      ...(alter === undefined ? {} : { alter }),
    });
    this.report = Object.assign(this.#world.rules.counts, {
      ...{ steps: 0, longestGapMs: 0, longestWaitMs: 0, longestDoubleMs: 0 },
    });
    this.#startedAt = this.#world.timeline.now;
    this.#wellFrom = this.#startedAt;
    this.#world.now.requests = slightTrouble;
    for (let each = 0; each < 4 + 2 * (seed % 4); each++) this.#world.addAccount();
    if (odd) for (let each = 0; each < 2; each++) this.#world.startContainer();
  }

  async play(): Promise<void> {
    const { timeline } = this.#world;
    this.#tickEachMinute();
    this.#deliverMail();
    if (this.#story === 'everything') this.#disturbFor(8 * minute);
    else if (this.#story === 'no successor') this.#endAll();
    else this.#endSome();
    const end = this.#startedAt + minutesOf[this.#story] * minute;
    await timeline.runUntil(end, () => this.#check());
    this.#checkEnd();
  }

  #tickEachMinute(): void {
    const world = this.#world;
    const { timeline, random } = world;
    const next = () => {
      const isWell = timeline.now >= this.#wellFrom;
      const mayMiss = !isWell && random.chance(0.2);
      if (!mayMiss) world.tick(isWell ? 0 : random.between(-2, 2) * second);
      if (random.chance(0.15)) timeline.after(random.between(0, 5) * second, () => world.tick());
      timeline.after(minute, next);
    };
    timeline.after(random.between(0, 60) * second, next);
  }

  #deliverMail(): void {
    const { timeline, random, mailboxes } = this.#world;
    const next = () => {
      random.pick([...mailboxes.values()])?.deliver(timeline.now);
      timeline.after(random.between(1, 15) * second, next);
    };
    next();
  }

  /** Workers come to their end by themselves, or as told. */
  #endSome(): void {
    const { timeline, random } = this.#world;
    const next = () => {
      if (this.#story === 'deaths') killWorker(this.#world, random);
      else if (random.chance(0.5)) deploy(this.#world, random);
      else misassign(this.#world, random);
      timeline.after(random.between(240, 480) * second, next);
    };
    timeline.after(random.between(200, 400) * second, next);
  }

  #endAll(): void {
    const { timeline, random } = this.#world;
    timeline.after(random.between(200, 260) * second, () => {
      Object.assign(this.#world.now, { mostWorkers: 0, lostCalls: 1, restarts: false });
      for (const worker of this.#world.running) this.#world.kill(worker);
      this.#isAbandoned = true;
    });
  }

  #disturbFor(ms: number): void {
    const { timeline, random } = this.#world;
    this.#wellFrom = this.#startedAt + ms;
    this.#world.onDeath = () => {
      if (timeline.now < this.#wellFrom && random.chance(0.5))
        timeline.after(random.between(0, 8) * second, () => misassign(this.#world, random));
    };
    const next = () => {
      if (timeline.now >= this.#wellFrom) return;
      disturb(this.#world);
      timeline.after(random.between(1, 25) * second, next);
    };
    next();
    timeline.at(this.#wellFrom, () => endDisturbances(this.#world));
  }

  #check(): void {
    this.report.steps += 1;
    const { rules, takingRules, timeline } = this.#world;
    const [broken] = [...rules.broken, ...(this.#story === 'everything' ? [] : takingRules.broken)];
    if (broken !== undefined) this.#fail(broken);
    if (timeline.now < this.#wellFrom || this.#isAbandoned) return;
    for (const mailbox of this.#world.mailboxes.values()) {
      this.#checkConnected(mailbox);
      this.#checkSingle(mailbox);
    }
  }

  #checkConnected(mailbox: Mailbox): void {
    const { timeline } = this.#world;
    const isWanting = mailbox.isWatched && !mailbox.isPolled;
    if (!isWanting || this.#world.isConnected(mailbox)) {
      this.#goneSince.delete(mailbox);
      if (isWanting && this.#story !== 'deaths') this.#steady.add(mailbox);
      return;
    }
    if (this.#steady.has(mailbox) && this.#isHandedOverOnly)
      this.#fail(`nobody is connected to ${mailbox.accountId}`);
    const since = this.#goneSince.get(mailbox) ?? timeline.now;
    this.#goneSince.set(mailbox, since);
    const gone = timeline.now - since;
    this.report.longestGapMs = Math.max(this.report.longestGapMs, gone);
    if (gone > bounds.connectedMs)
      this.#fail(`${mailbox.accountId} has had no connection for ${Math.round(gone / second)} s`);
  }

  #checkSingle(mailbox: Mailbox): void {
    const { timeline } = this.#world;
    if (this.#world.connectionsTo(mailbox) < 2) {
      this.#doubleSince.delete(mailbox);
      return;
    }
    const since = this.#doubleSince.get(mailbox) ?? timeline.now;
    this.#doubleSince.set(mailbox, since);
    const double = timeline.now - since;
    this.report.longestDoubleMs = Math.max(this.report.longestDoubleMs, double);
    if (double > bounds.doubleMs)
      this.#fail(`two have been connected to ${mailbox.accountId} for ${Math.round(double / second)} s`);
  }

  /** From here on a connection may only end when there is another. */
  get #isHandedOverOnly(): boolean {
    return (
      this.#world.timeline.now > this.#wellFrom + (this.#story === 'everything' ? bounds.connectedMs : 0)
    );
  }

  /** When all has been well for minutes, no partition is told to two workers any more. */
  #checkTold(): void {
    const told = this.#world.told;
    for (let partition = 0; partition < this.#world.partitions; partition++) {
      const by = told.filter((each) => each === partition).length;
      if (by > 1) this.#fail(`${by} workers are told to hold partition ${partition}`);
    }
  }

  #checkEnd(): void {
    if (this.#story === 'everything') this.#checkTold();
    const { mailboxes, timeline, wanting } = this.#world;
    for (const { accountId, isWatched, cameAt, toldAt } of mailboxes.values()) {
      if (!isWatched) continue;
      for (const [index, came] of cameAt.entries()) {
        const isLate = timeline.now - came > bounds.toldMs;
        const told = toldAt.get(index + 1);
        if (told === undefined && isLate && wanting.some((each) => each.accountId === accountId))
          this.#fail(`of mail ${index + 1} of ${accountId} nobody was told`);
        if (told === undefined) continue;
        this.report.longestWaitMs = Math.max(this.report.longestWaitMs, told - came);
        if (this.#story !== 'everything' && told - came > bounds.toldMs)
          this.#fail(`mail ${index + 1} of ${accountId} waited ${Math.round((told - came) / second)} s`);
      }
    }
  }

  #fail(what: string): never {
    const { timeline } = this.#world;
    const after = Math.round((timeline.now - this.#startedAt) / second);
    const { lately } = this.#world;
    throw new Error(`${this.#story}, seed ${this.#seed}, after ${after} s: ${what}\n${lately.join('\n')}`);
  }
}
