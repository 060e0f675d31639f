import type { EventName } from '../../../shared/core/events.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Log, LogFields } from '../../../shared/core/log.ts';
import { silentMetrics } from '../../../shared/core/metrics.ts';
import { parsePollMessage } from '../../../shared/flows/queue-messages.ts';
import type { TickServices } from '../../../shared/flows/services.ts';
import { everyMinute } from '../../../shared/flows/watch/every-minute.ts';
import { type Holding, holdPartitions } from '../../../shared/flows/watch/hold-partitions.ts';
import { openStore } from '../../../shared/store/client.ts';
import type { Watch } from '../../../shared/store/items.ts';
import { workerPk } from '../../../shared/store/keys.ts';
import { deleteWatch, getWatch, putWatch, setWatchChanged } from '../../../shared/store/watch.ts';
import { assignPartitions, createWorker, getWorker } from '../../../shared/store/worker.ts';
import { Random } from '../random.ts';
import { delayedRequests, noTrouble, type RequestTrouble } from './delayed-requests.ts';
import { Mailbox } from './mailbox.ts';
import { checkMailbox, logIn, ModelConnections } from './model-connections.ts';
import { TableInMemory, type TableInput } from './table-in-memory.ts';
import { TableRules } from './table-rules.ts';
import { TakingRules } from './taking-rules.ts';
import { Process, Timeline } from './timeline.ts';

export type WorldOptions = {
  readonly seed: number;
  readonly host: 'lambda' | 'containers';
  readonly partitions: number;
  /** Connections of one worker. */
  readonly capacity: number;
  /** Clocks of workers are wrong by up to so much. */
  readonly skewMs: number;
  /** Changes requests on their way, to see what the model makes of it. */
  readonly alter?: (request: TableInput) => TableInput;
};

type ModelWorker = {
  readonly process: Process;
  readonly connections: ModelConnections;
  readonly drain: AbortController;
};

/** What is wrong at the moment, for all; the model draws from it. */
export type Surroundings = {
  requests: RequestTrouble;
  /** Only for these processes. */
  readonly requestsOf: Map<Process, RequestTrouble>;
  memoryUse: number;
  mostWorkers: number;
  /** Whether a container that ended is started anew. */
  restarts: boolean;
  /** Calls of functions that get lost, or come twice, as probabilities. */
  lostCalls: number;
  doubleCalls: number;
};

/** All there is: a table, mailboxes, a tick each minute, and workers that run the real code, each on its own clock. */
export class World {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly mailboxes = new Map<string, Mailbox>();
  readonly rules = new TableRules(this.mailboxes, () => this.onDeath());
  readonly takingRules = new TakingRules(() => this.timeline.now);
  readonly now: Surroundings = {
    ...{ requests: noTrouble, requestsOf: new Map(), memoryUse: 0.5 },
    ...{ mostWorkers: 4, restarts: true, lostCalls: 0, doubleCalls: 0 },
  };
  /** When a worker was noted as dead. */
  onDeath = () => {};
  readonly workers = new Set<ModelWorker>();
  /** What happened lately, for whoever looks for the reason of a failure. */
  readonly lately: string[] = [];
  readonly table: TableInMemory;
  readonly #options: WorldOptions;
  /** Who signs people in, and polls: never ill itself. */
  readonly #rest: { readonly process: Process; readonly services: TickServices };
  readonly #startedAt: number;
  #names = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
    this.timeline = new Timeline(this.random);
    this.#startedAt = this.timeline.now;
    this.table = new TableInMemory(
      () => this.timeline.now,
      (write) => {
        this.rules.check(write);
        this.takingRules.check(write);
      },
    );
    const process = new Process('rest', 0);
    this.#rest = { process, services: this.#servicesOf(process) };
  }

  get partitions(): number {
    return this.#options.partitions;
  }

  get running(): ModelWorker[] {
    return [...this.workers].filter(({ process }) => process.state === 'running');
  }

  /** Whether some worker hears of the account's mail at this moment, connected with what is stored of it now. */
  isConnected({ accountId, version }: Mailbox): boolean {
    return this.running.some(({ connections }) => connections.upWith(accountId) === version);
  }

  /** How many workers do, connected with whatever is stored. */
  connectionsTo({ accountId }: Mailbox): number {
    return this.running.filter(({ connections }) => connections.upWith(accountId) !== undefined).length;
  }

  /** The partitions that lasting workers are told to hold; twice, where two are. */
  get told(): number[] {
    const { Items = [] } = this.table.answer({
      kind: 'query',
      input: {
        ...{ TableName: 'model', KeyConditionExpression: 'pk = :pk', ConsistentRead: true },
        ExpressionAttributeValues: { ':pk': { S: workerPk } },
      },
    });
    const lasting = Items.filter(({ s }) => s?.S === 'running' || s?.S === 'starting');
    return lasting.flatMap(({ p }) => (p?.L ?? []).map(({ N }) => Number(N)));
  }

  /** Those that a connection is to be held to. */
  get wanting(): Mailbox[] {
    return [...this.mailboxes.values()].filter(({ isWatched, isPolled }) => isWatched && !isPolled);
  }

  tick(skewMs = 0): Process {
    const process = new Process(`tick-${this.#names++}`, skewMs);
    const { mostWorkers } = this.now;
    const { host, capacity } = this.#options;
    void this.#run(process, () =>
      everyMinute(this.#servicesOf(process), {
        ...{ isPolled, mostWorkers, capacity },
        start: host === 'lambda' ? (workerId) => this.#invoke(process, workerId) : undefined,
      }).then(() => undefined),
    );
    this.timeline.after(50_000, () => this.#kill(process));
    return process;
  }

  /** As `functions/idle/main.ts` does it: one that ends is started anew, unless it was told to stop. */
  startContainer(): void {
    if (!this.now.restarts) return;
    const process = this.#newProcess('container');
    const services = this.#servicesOf(process);
    const { worker, holding } = this.#newWorker(process, services, undefined);
    const { workerId, instance, capacity } = holding;
    void this.#run(process, async () => {
      await createWorker(services.store, {
        ...{ id: workerId, state: 'running', instance, capacity, sessions: 0, partitions: [], version: 1 },
        ...{ aliveUntil: services.clock.now() + limits.workerLifeMs, drainsAt: undefined },
      });
      await holdPartitions(services, holding);
    }).finally(() => {
      this.#forget(worker);
      if (!worker.drain.signal.aborted)
        this.timeline.after(this.random.between(2_000, 10_000), () => this.startContainer());
    });
  }

  /** As at a deploy: its successor was started before. */
  stopContainer(worker: ModelWorker): void {
    this.timeline.after(0, () => worker.drain.abort(), worker.process);
    this.timeline.after(120_000, () => this.kill(worker));
  }

  kill(worker: ModelWorker): void {
    this.#kill(worker.process);
    this.workers.delete(worker);
    const isContainer = this.#options.host === 'containers';
    if (isContainer && !worker.drain.signal.aborted) this.timeline.after(10_000, () => this.startContainer());
  }

  addAccount(): Mailbox {
    const mailbox = new Mailbox(`a${this.mailboxes.size}`);
    this.mailboxes.set(mailbox.accountId, mailbox);
    this.#store(mailbox, 'idle');
    return mailbox;
  }

  removeAccount(mailbox: Mailbox): void {
    mailbox.isWatched = false;
    void this.#inRest(({ store }) => deleteWatch(store, mailbox.accountId));
  }

  /** Its owner signed in again: connections have to be made anew. */
  changeAccount(mailbox: Mailbox): void {
    mailbox.version += 1;
    void this.#inRest(({ store, clock }) => setWatchChanged(store, mailbox.accountId, clock.now()));
  }

  switchAccount(mailbox: Mailbox): void {
    mailbox.isPolled = !mailbox.isPolled;
    this.#store(mailbox, mailbox.isPolled ? 'poll' : 'idle');
  }

  /** Tells a worker to hold these partitions too, whatever others were told. */
  tell(workerId: string, partitions: readonly number[]): Promise<void> {
    return this.#inRest(async ({ store }) => {
      const row = await getWorker(store, workerId);
      if (row === undefined || row.state === 'dead') return;
      await assignPartitions(store, row, [...new Set([...row.partitions, ...partitions])]);
    });
  }

  #store(mailbox: Mailbox, mode: 'idle' | 'poll'): void {
    mailbox.isWatched = true;
    const { accountId } = mailbox;
    const folders = { INBOX: { uidValidity: 1, uidNext: 1 } };
    // Silent for a day: it is polled as rarely as any.
    const lastActivityAt = this.timeline.now - 86_400_000;
    void this.#inRest(({ store }) =>
      putWatch(store, { accountId, host: 'h', mode, lastActivityAt, folders }),
    );
  }

  /** Lambda's asynchronous call of a function. */
  #invoke(caller: Process, workerId: string): Promise<void> {
    const { random, timeline } = this;
    const deliveries = random.chance(this.now.lostCalls) ? 0 : random.chance(this.now.doubleCalls) ? 2 : 1;
    for (let each = 0; each < deliveries; each++)
      timeline.after(random.between(300, 4_000), () => this.#startFunction(workerId));
    return new Promise((resolve) => timeline.after(random.between(20, 200), resolve, caller));
  }

  /** As `functions/idle/handler.ts` does it. */
  #startFunction(workerId: string): void {
    const { random, timeline } = this;
    const process = this.#newProcess(workerId);
    const services = this.#servicesOf(process);
    const lifeMs = random.between(7, 15) * 60_000;
    const drainMs = limits.handOverMs + random.next() * limits.handOverSpreadMs;
    const close = new AbortController();
    const drainsAt = services.clock.now() + lifeMs - drainMs;
    const { worker, holding } = this.#newWorker(process, services, { workerId, drainsAt, close });
    timeline.after(lifeMs - drainMs, () => worker.drain.abort(), process);
    timeline.after(lifeMs - limits.workerCloseMs, () => close.abort(), process);
    timeline.after(lifeMs, () => this.kill(worker));
    void this.#run(process, () => holdPartitions(services, holding).then(() => undefined)).finally(() =>
      this.#forget(worker),
    );
  }

  #newWorker(
    process: Process,
    services: TickServices,
    invoked: { workerId: string; drainsAt: number; close: AbortController } | undefined,
  ): { worker: ModelWorker; holding: Holding } {
    const { random, timeline, mailboxes } = this;
    const { store, clock } = services;
    const note = (what: string) => this.note(process.name, what);
    const connections = new ModelConnections({ timeline, random, store, clock, process, mailboxes, note });
    const worker: ModelWorker = { process, connections, drain: new AbortController() };
    this.workers.add(worker);
    const close = invoked?.close ?? new AbortController();
    if (invoked === undefined) {
      const stop = () => timeline.after(limits.containerStopMs, () => close.abort(), process);
      worker.drain.signal.addEventListener('abort', stop);
    }
    return {
      worker,
      holding: {
        ...{ workerId: process.name, drainsAt: undefined, ...invoked },
        ...{ instance: `instance-${this.#names++}`, capacity: this.#options.capacity },
        ...{ memoryUse: () => this.now.memoryUse, isPolled, connections },
        ...{ drain: worker.drain.signal, close: close.signal },
      },
    };
  }

  #newProcess(name: string): Process {
    const { skewMs } = this.#options;
    const id = this.#options.host === 'containers' ? `${name}-${this.#names++}` : name;
    return new Process(id, this.random.between(-skewMs, skewMs));
  }

  #forget(worker: ModelWorker): void {
    this.#kill(worker.process);
    this.workers.delete(worker);
  }

  #kill(process: Process): void {
    if (process.state !== 'killed' && !process.name.startsWith('tick')) this.note(process.name, 'ends');
    process.state = 'killed';
  }

  /** What a process does until it ends by itself; whatever it throws ends it too. */
  async #run(process: Process, work: () => Promise<void>): Promise<void> {
    await new Promise<void>((begun) => this.timeline.after(0, begun, process));
    await work().catch(() => undefined);
  }

  #inRest(work: (services: TickServices) => Promise<unknown>): Promise<void> {
    const { process, services } = this.#rest;
    return this.#run(process, () => work(services).then(() => undefined));
  }

  #servicesOf(process: Process): TickServices {
    const { timeline, table, random } = this;
    const { alter = (request) => request, partitions } = this.#options;
    const troubleNow = () =>
      process.name === 'rest' ? noTrouble : (this.now.requestsOf.get(process) ?? this.now.requests);
    const requests = delayedRequests({ timeline, table, random, alter }, process, troubleNow);
    return {
      clock: timeline.clockOf(process),
      log: this.#logOf(process),
      ...{ metrics: silentMetrics, store: openStore({ tableName: 'model', partitions }, requests) },
      queues: {
        send: async (_, message) => this.#queuePoll(parsePollMessage(message).accountIds),
        consume: () => Promise.resolve(),
        waiting: () => Promise.resolve(0),
        close: () => {},
      },
    };
  }

  note(who: string, what: string): void {
    this.lately.push(`${((this.timeline.now - this.#startedAt) / 1_000).toFixed(3)} ${who}: ${what}`);
    if (this.lately.length > 60) this.lately.shift();
  }

  #logOf({ name }: Process): Log {
    const note = (event: EventName, fields: LogFields = {}) =>
      this.note(name, `${event} ${JSON.stringify(fields)}`);
    return { debug: note, info: note, warn: note, error: note };
  }

  #queuePoll(accountIds: readonly string[]): void {
    for (const accountId of accountIds) {
      this.timeline.after(
        this.random.between(50, 3_000),
        () => void this.#inRest((services) => this.#poll(services, accountId)),
      );
    }
  }

  async #poll({ store, clock }: TickServices, accountId: string): Promise<void> {
    const { timeline, random, mailboxes } = this;
    const note = (what: string) => this.note('poll', what);
    const side = { timeline, random, store, clock, process: this.#rest.process, mailboxes, note };
    const watch = await getWatch(store, accountId);
    if (watch === undefined) return;
    const mailbox = await logIn(side, accountId);
    await checkMailbox(side, mailbox, watch.folders['INBOX']?.uidNext ?? 1);
  }
}

function isPolled({ mode }: Watch): boolean {
  return mode === 'poll';
}
