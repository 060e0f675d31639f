import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits } from '../../../shared/core/limits.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { getAccount } from '../../../shared/store/account.ts';
import type { Watch } from '../../../shared/store/items.ts';
import { listPartition } from '../../../shared/store/partition.ts';
import { getWatch } from '../../../shared/store/watch.ts';
import { listWorkers } from '../../../shared/store/worker.ts';
import { Random } from '../random.ts';
import { everyOften } from './every-often.ts';
import { type Evidence, explainRepeats, type Repeat } from './explain.ts';
import { drawFaults, type Letter, type Step } from './fault-plan.ts';
import { type Counts, FaultRun } from './fault-run.ts';
import { type FaultSite, openFaultSite } from './fault-site.ts';
import type { Member } from './fleet.ts';
import { PushLog, type Told } from './push-log.ts';
import { type StoredConversation, storedConversations } from './stored.ts';
import { runTicks, type TickCounts } from './ticks.ts';

export type FaultRunOptions = {
  readonly seed: number;
  readonly mailboxes: number;
  readonly messages: number;
  /** For how long faults come, ms. */
  readonly faultMs: number;
  readonly say: (text: string) => void;
  /** Where all processes' notes are left, to be read afterwards. */
  readonly keepIn?: string | undefined;
  /** How much faster than the machine's the service's clock goes; left out, it is found. */
  readonly factor?: number | undefined;
};

export type Outcome = {
  readonly letters: readonly Letter[];
  /** Told of by now, by Message-ID, in their order. */
  readonly told: ReadonlyMap<string, readonly Told[]>;
  readonly stored: readonly StoredConversation[];
  readonly repeats: readonly Repeat[];
  /** What was waited for in vain. */
  readonly vain: readonly string[];
  /** What no device was told of, and how its mailbox stands. */
  readonly missing: readonly string[];
  readonly counts: Counts;
  readonly ticks: TickCounts;
  readonly requests: { readonly passed: number; readonly troubled: number };
  readonly processes: number;
  readonly handOvers: number;
  /** What processes printed that ended by themselves: they crashed. */
  readonly crashes: readonly string[];
  /** How the workers ended that were told to hand over at the end. */
  readonly lastEnds: readonly (number | undefined)[];
  readonly ms: {
    readonly start: number;
    readonly faults: number;
    readonly healed: number;
    readonly end: number;
  };
};

/** A share of the mails comes before the first fault, and none of them may be told of twice. */
const calmShare = 0.05;
/** Healing is waited for this long: back-off, open circuits, and whatever else keeps time by a fast clock. */
const patienceMs = 90_000;
/** Those included that run by themselves. */
const mostWorkers = 4;
const containers = 2;
const queueWorkers = 3;
/** Clocks of two workers may be off by twice this, in their own time. */
const skewMs = 15_000;

/** Runs the service through the faults that a seed draws, waits until it is quiet, and tells what became of each mail. */
export async function runUnderFaults(options: FaultRunOptions): Promise<Outcome> {
  const random = new Random(options.seed);
  const filed = Array.from({ length: options.mailboxes }, (_, index) => index).filter(
    (index) => index % 10 === 0,
  );
  const startedAt = performance.now();
  const site = await openFaultSite({
    ...options,
    filed,
    isPolled: (index) => index % 10 >= 7,
  });
  try {
    const steps = drawFaults(random.branch('faults'), { ...options, filed });
    return await runOn(site, { ...options, random, steps, startedAt });
  } finally {
    await site.stop();
  }
}

type Running = FaultRunOptions & {
  readonly random: Random;
  readonly steps: readonly Step[];
  readonly startedAt: number;
};

async function runOn(site: FaultSite, { random, steps, say, startedAt }: Running): Promise<Outcome> {
  const { fleet, services, mailboxes } = site;
  const healMs = patienceMs * site.slowness;
  const since = () => Math.round(performance.now() - startedAt);
  say(
    `the service's clock goes ${site.time.factor} times as fast as the machine's, from ${seconds(since())} on`,
  );
  const skews = random.branch('skews');
  const duplicates = random.branch('duplicates');
  const vain: string[] = [];
  let isTroubled = false;
  const start = (role: Member['role'], workerId: string) =>
    fleet.start(role, workerId, skews.between(-skewMs, skewMs));
  const ending = new AbortController();
  const ticks: TickCounts = { ran: 0, failed: 0, doubled: 0, late: 0 };
  const ticking = runTicks(await site.servicesOf('tick'), {
    ...{ random: random.branch('ticks'), mostWorkers, counts: ticks, signal: ending.signal },
    start(workerId) {
      start('invoked', workerId);
      // An asynchronous event is delivered at least once.
      if (isTroubled && duplicates.chance(0.2)) start('invoked', workerId);
    },
    isTroubled: () => isTroubled,
  });
  const keeping = keepRunning(site, start, ending.signal);

  const waitFor = async (what: string, isSo: () => boolean | Promise<boolean>) => {
    if (!(await everyOften(isSo, healMs))) vain.push(what);
  };
  await waitFor('all mailboxes to be held or polled', () => isSettled(site));
  const startMs = since();
  say(`${mailboxes.length} mailboxes are watched after ${seconds(startMs)}`);

  const run = new FaultRun({ ...site, random: random.branch('victims') });
  const log = new PushLog(mailboxes);
  const toldOf = (letters: readonly Letter[]) => {
    const { told } = log.upToNow();
    return letters.every(({ id }) => told.has(id));
  };
  const letters = steps.flatMap((step) => (step.kind === 'mail' ? step.letters : []));
  const calm = letters.slice(0, Math.round(letters.length * calmShare));
  await run.deliver(calm);
  await waitFor('the mails before the faults', () => toldOf(calm));

  isTroubled = true;
  const isCalm = new Set(calm.map(({ id }) => id));
  await run.play(
    steps.map((step) =>
      step.kind === 'mail' ? { ...step, letters: step.letters.filter(({ id }) => !isCalm.has(id)) } : step,
    ),
  );
  isTroubled = false;
  const faultsMs = since();
  say(
    `faults ended after ${seconds(faultsMs)}: ${log.upToNow().told.size} of ${letters.length} were told of`,
  );

  // A half-open connection is found out at its renewal, or ends with its worker; the others heal by themselves.
  const deaf = new Set(await site.surroundings.silent());
  await waitFor('the mailboxes whose connections were not half-open', () =>
    toldOf(letters.filter(({ mailbox }) => !deaf.has(mailbox))),
  );
  const healedMs = since();
  say(`healed after ${seconds(healedMs)}, but for ${deaf.size} mailboxes with half-open connections`);
  const lastOnes = [...fleet.living('invoked'), ...fleet.living('container')];
  for (const member of lastOnes) fleet.drain(member);
  await waitFor('all mails to be told of', () => toldOf(letters));
  await fleet.ended(lastOnes);
  await waitFor('all mailboxes to be held or polled again', () => isSettled(site));
  const stored = await storedConversations(services, mailboxes);
  ending.abort();
  await Promise.all([ticking, keeping]);
  await fleet.killAll();

  const requests = await site.surroundings.requests();
  const notes = new Map(fleet.members.map((member) => [member.name, fleet.notes(member)]));
  const evidence: Evidence = { members: fleet.members, notes };
  const { told } = log.upToNow();
  const repeats = explainRepeats(told, (index) => mailboxes[index]?.account.id ?? '', evidence);
  writeFileSync(join(site.dir, 'evidence.json'), JSON.stringify({ repeats, members: fleet.members }));
  return {
    ...{ letters, told, stored, counts: run.counts, ticks, requests },
    ...{ repeats, vain },
    missing: await Promise.all(
      letters.filter(({ id }) => !told.has(id)).map((letter) => whereabouts(site, stored, letter)),
    ),
    processes: fleet.members.length,
    handOvers: [...notes.values()].flat().filter(({ event }) => event === 'partition-taken').length,
    crashes: fleet.members.map((member) => fleet.printed(member)).filter((text) => text !== ''),
    lastEnds: lastOnes.map(({ exitCode }) => exitCode),
    ms: { start: startMs, faults: faultsMs, healed: healedMs, end: since() },
  };
}

/** Containers are started again by who runs them, and functions that consume queues as soon as there is something to do. */
async function keepRunning(
  { fleet, services: { clock } }: FaultSite,
  start: (role: Member['role'], workerId: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    const lasting = fleet.running('container').filter(({ drainedAt }) => drainedAt === undefined);
    if (lasting.length < containers) start('container', `container-${number}`);
    if (fleet.running('queues').length < queueWorkers) start('queues', `queues-${number}`);
    await clock.sleep(limits.workerBeatMs / 4, signal);
  }
}

/** Whether every mailbox was looked at, and those to be held are held, by one worker each. */
async function isSettled({ services, mailboxes }: FaultSite): Promise<boolean> {
  const { store, clock } = services;
  const watches = (await allWatches(services)).filter(({ folders }) => 'INBOX' in folders);
  if (watches.length < mailboxes.length) return false;
  const workers = await listWorkers(store, clock.now());
  const running = workers.filter(
    ({ state, aliveUntil }) => state === 'running' && aliveUntil > clock.now() - skewMs,
  );
  const sessions = running.reduce((sum, worker) => sum + worker.sessions, 0);
  return sessions === watches.filter(({ mode }) => mode !== 'poll').length;
}

async function whereabouts(
  { services, mailboxes }: FaultSite,
  stored: readonly StoredConversation[],
  { id, mailbox }: Letter,
): Promise<string> {
  const isStored = stored.some(({ messages }) => messages.some((message) => message.id === id));
  const accountId = mailboxes[mailbox]?.account.id ?? '';
  const account = await getAccount(services.store, accountId);
  const watch = await getWatch(services.store, accountId);
  return `${id} ${isStored ? 'is' : 'is not'} stored; ${accountId}: ${account?.status} ${JSON.stringify(watch)}`;
}

async function allWatches({ store, clock }: Services): Promise<Watch[]> {
  const partitions = Array.from({ length: store.partitions }, (_, partition) => partition);
  const watches: Watch[] = [];
  for (const partition of partitions)
    watches.push(...(await listPartition(store, partition, clock.now())).watches);
  return watches;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
