import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { functionDefinitions } from '../../functions/definitions.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { limits } from '../../shared/core/limits.ts';
import { createVapidKeys } from '../../shared/push/vapid.ts';
import { createWorker } from '../../shared/store/worker.ts';
import { startMailServers } from '../support/dovecot.ts';
import { MailPost } from '../support/faults/mail-post.ts';
import { type Mailbox, makeMailbox } from '../support/faults/mailboxes.ts';
import { startSurroundings } from '../support/faults/surroundings.ts';
import { openWorkerServices, type ServicesTask } from '../support/faults/worker-services.ts';
import { startPushService } from '../support/push-service.ts';
import type { Reading, SoakTask } from './soak-worker.ts';
import { type Trend, trendOf } from './trend.ts';

const usage = `npm run soak -- [--minutes 10] [--connections 900] [--mails 60]

Holds so many connections in IDLE at a real Dovecot, with one worker as on Lambda, while so many mails a minute come, and
tells whether its memory stays flat over so many minutes, which begin when each connection was renewed once.`;

const everyMs = 10_000;
/** What is loaded, or made for each connection once: the last of it comes with the first renewal. */
const settlingMs = limits.idleRenewMs + 60_000;
/** Growth over one generation that nobody has to care about. */
const harmlessShare = 0.03;

type Options = { readonly minutes: number; readonly connections: number; readonly mails: number };

async function main(): Promise<void> {
  const { minutes, connections, mails } = options();
  const dir = mkdtempSync(join(tmpdir(), 'coi-push-soak-'));
  const mail = await startMailServers();
  const push = await startPushService();
  const surroundings = await startSurroundings(dir, { seed: 0, imapPort: mail.imap.port, mailboxes: 0 });
  const post = new MailPost(mail.lmtpPort);
  const task: ServicesTask = {
    ...{ name: 'soak', aws: surroundings.aws(undefined), ca: [mail.ca, push.ca], vapid: createVapidKeys() },
    ...{ keyFile: join(dir, 'master.key'), notesFile: join(dir, 'soak.notes') },
  };
  const services = await openWorkerServices(task, systemClock);
  say(`making ${connections} mailboxes`);
  const lanes = pLimit(8);
  const mailboxes = await Promise.all(
    Array.from({ length: connections }, (_, index) =>
      lanes(() =>
        makeMailbox(services, mail, push, mail.password, {
          ...{ index, imapPort: mail.imap.port, isPolled: false, isFiled: false },
        }),
      ),
    ),
  );
  const { store } = services;
  const workerId = 'soak-worker';
  await createWorker(store, {
    ...{ id: workerId, state: 'starting', instance: undefined, version: 1, sessions: 0, drainsAt: undefined },
    capacity: limits.workerSessions,
    partitions: Array.from({ length: store.partitions }, (_, partition) => partition),
    aliveUntil: Date.now() + limits.workerStartMs,
  });
  const { timeoutSeconds } = functionDefinitions.idle;
  const drainsAfterMs = Math.max(settlingMs + minutes * 120_000, timeoutSeconds * 1000 - limits.handOverMs);
  const child = startWorker(dir, { ...task, workerId, everyMs, drainsAfterMs });
  try {
    const readings = await soak(child, mailboxes, { minutes, connections, mails }, post);
    tell(readings);
  } catch (error) {
    say(readFileSync(join(dir, 'soak-worker.out'), 'utf8'));
    throw error;
  } finally {
    child.kill('SIGKILL');
    post.close();
    await surroundings.stop();
    await push.close();
    await mail.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      connections: { type: 'string', default: '900' },
      mails: { type: 'string', default: '60' },
      help: { type: 'boolean', default: false },
    },
  });
  const [minutes = 0, connections = 0, mails = 0] = [values.minutes, values.connections, values.mails].map(
    Number,
  );
  const isRight = minutes > 0 && connections > 0 && connections <= limits.workerSessions && mails >= 0;
  if (values.help || !isRight) {
    say(usage);
    process.exit(isRight ? 0 : 2);
  }
  return { minutes, connections, mails };
}

/** With the heap that Lambda gives a function of its size. */
function startWorker(dir: string, task: SoakTask): ChildProcess {
  const print = openSync(join(dir, 'soak-worker.out'), 'a');
  const heapMb = Math.round(functionDefinitions.idle.memoryMb * 0.9);
  const flags = ['--expose-gc', `--max-old-space-size=${heapMb}`, '--import', 'tsx'];
  const entry = new URL('./soak-worker.ts', import.meta.url).pathname;
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...flags, entry], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', print, print, 'ipc'],
  });
  child.send(task);
  return child;
}

type TimedReading = Reading & { readonly at: number };

async function soak(
  child: ChildProcess,
  mailboxes: readonly Mailbox[],
  { minutes, connections, mails }: Options,
  post: MailPost,
): Promise<TimedReading[]> {
  let last: Reading | undefined;
  const readings: TimedReading[] = [];
  let startedAt: number | undefined;
  child.on('message', (reading: Reading) => {
    last = reading;
    if (startedAt !== undefined) readings.push({ ...reading, at: performance.now() - startedAt });
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the worker ended');
  });
  ended.catch(() => undefined);
  while ((last?.connections ?? 0) < connections) {
    await Promise.race([delay(everyMs), ended]);
    say(`${last?.connections ?? 0} of ${connections} connections`);
  }
  // What is made at the first mail of a mailbox, and stays, is no growth.
  for (const [index, mailbox] of mailboxes.entries())
    await post.deliver(
      { id: `<chat$soak.first.${index}@example.test>`, mailbox: mailbox.index, from: 'bob@example.test' },
      mailbox.account.email,
    );
  const toldOf = () => new Set(mailboxes.flatMap(({ device }) => device.pushes)).size;
  while (toldOf() < mailboxes.length) {
    await Promise.race([delay(everyMs), ended]);
    say(`${toldOf()} of ${mailboxes.length} first mails told of`);
  }
  startedAt = performance.now();
  const until = startedAt + settlingMs + minutes * 60_000;
  let delivered = 0;
  let minute = 0;
  while (performance.now() < until) {
    await Promise.race([delay(mails > 0 ? 60_000 / mails : 1_000), ended]);
    const mailbox = mailboxes[Math.floor(Math.random() * mailboxes.length)];
    if (mails > 0 && mailbox !== undefined) {
      const id = `<chat$soak.${delivered}@example.test>`;
      await post.deliver({ id, mailbox: mailbox.index, from: 'bob@example.test' }, mailbox.account.email);
      delivered += 1;
    }
    const now = Math.floor((performance.now() - startedAt) / 60_000);
    if (now === minute) continue;
    minute = now;
    const told = toldOf() - mailboxes.length;
    const memory = last === undefined ? '' : `RSS ${mb(last.rss)}, heap ${mb(last.heap)}`;
    const ofAll = Math.ceil(minutes + settlingMs / 60_000);
    say(
      `minute ${minute} of ${ofAll}: ${memory}, ${last?.connections} connections, ${told} of ${delivered} mails told of`,
    );
  }
  return readings;
}

function tell(readings: readonly TimedReading[]): void {
  const settled = readings.filter(({ at }) => at >= settlingMs);
  const verdicts = [tellHeap(settled), tellPeaks(settled)];
  const perConnection = settled.at(-1);
  if (perConnection !== undefined)
    say(
      `${(perConnection.rss / perConnection.connections / 1024).toFixed(0)} KB of RSS per connection, everything included`,
    );
  process.exitCode = verdicts.includes('grows') ? 1 : 0;
}

/** What is alive: a leak is a slope. */
function tellHeap(settled: readonly TimedReading[]): Verdict {
  const trend = trendOf(settled.map(({ at, heap }) => ({ at: at / 60_000, value: heap })));
  const size = settled[0]?.heap ?? 0;
  const verdict = verdictOf(trend, size, functionDefinitions.idle.timeoutSeconds / 60);
  const [slope, uncertainty] = [trend.slope, trend.uncertainty].map((bytes) => (bytes / 1024).toFixed(1));
  say(`heap: ${mb(size)}, slope ${slope} ± ${uncertainty} KB a minute (95 %): ${verdict}`);
  return verdict;
}

/**
 * What the machine gives. It rises whenever all connections are renewed at once, and comes down as the allocator sees fit, so
 * that no line fits it: what a limit of memory would be met by are the peaks, of which each half has one at least.
 */
function tellPeaks(settled: readonly TimedReading[]): Verdict {
  const middle = Math.floor(settled.length / 2);
  const peakOf = (half: readonly TimedReading[]) => Math.max(0, ...half.map(({ rss }) => rss));
  const [first, second] = [peakOf(settled.slice(0, middle)), peakOf(settled.slice(middle))];
  const verdict = second <= first * (1 + harmlessShare) ? 'flat' : 'grows';
  say(`RSS: at most ${mb(first)} in the first half, ${mb(second)} in the second: ${verdict}`);
  return verdict;
}

type Verdict = 'flat' | 'grows' | 'not told';

/** `flat`: over one generation it grows by no more than nobody has to care about, surely. */
function verdictOf({ slope, uncertainty }: Trend, size: number, minutes: number): Verdict {
  const harmless = (harmlessShare * size) / minutes;
  if (slope + uncertainty <= harmless) return 'flat';
  return slope - uncertainty > 0 ? 'grows' : 'not told';
}

const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
const say = (text: string): void => console.log(text);

await main();
