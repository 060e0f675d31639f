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
tells whether its memory stays flat.`;

const everyMs = 10_000;
/** The first readings hold what is loaded and made once. */
const warmUpShare = 0.2;
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
  const drainsAfterMs = Math.max(minutes * 120_000, timeoutSeconds * 1000 - limits.handOverMs);
  const child = startWorker(dir, { ...task, workerId, everyMs, drainsAfterMs });
  try {
    const readings = await soak(child, mailboxes, { minutes, connections, mails }, post);
    tell(readings, minutes);
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
  const until = startedAt + minutes * 60_000;
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
    say(
      `minute ${minute} of ${minutes}: ${memory}, ${last?.connections} connections, ${told} of ${delivered} mails told of`,
    );
  }
  return readings;
}

function tell(readings: readonly TimedReading[], minutes: number): void {
  const settled = readings.filter(({ at }) => at >= warmUpShare * minutes * 60_000);
  const generationMinutes = functionDefinitions.idle.timeoutSeconds / 60;
  const verdicts = (['rss', 'heap'] as const).map((kind) => {
    const trend = trendOf(settled.map((reading) => ({ at: reading.at / 60_000, value: reading[kind] })));
    const size = settled[0]?.[kind] ?? 0;
    const verdict = verdictOf(trend, size, generationMinutes);
    const [slope, uncertainty] = [trend.slope, trend.uncertainty].map((bytes) => (bytes / 1024).toFixed(1));
    say(`${kind}: ${mb(size)}, slope ${slope} ± ${uncertainty} KB a minute (95 %): ${verdict}`);
    return verdict;
  });
  const perConnection = settled.at(-1);
  if (perConnection !== undefined)
    say(
      `${(perConnection.rss / perConnection.connections / 1024).toFixed(0)} KB of RSS per connection, everything included`,
    );
  process.exitCode = verdicts.includes('grows') ? 1 : 0;
}

/** `flat`: over one generation it grows by no more than nobody has to care about, surely. */
function verdictOf(
  { slope, uncertainty }: Trend,
  size: number,
  minutes: number,
): 'flat' | 'grows' | 'not told' {
  const harmless = (harmlessShare * size) / minutes;
  if (slope + uncertainty <= harmless) return 'flat';
  return slope - uncertainty > 0 ? 'grows' : 'not told';
}

const mb = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
const say = (text: string): void => console.log(text);

await main();
