import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { systemClock } from '../../../../shared/core/clock.ts';
import { limits } from '../../../../shared/core/limits.ts';
import type { Services } from '../../../../shared/flows/services.ts';
import { tick } from '../../../../shared/flows/watch/tick.ts';
import { createVapidKeys, type VapidKeys } from '../../../../shared/push/vapid.ts';
import type { PendingWork } from '../../../../shared/store/items.ts';
import { listPartition } from '../../../../shared/store/partition.ts';
import { eventually } from '../../eventually.ts';
import { sharedMail } from '../../mail-site.ts';
import { Random } from '../../random.ts';
import { fastClock } from '../fast-clock.ts';
import { type Aws, startSurroundings } from '../surroundings.ts';
import { openWorkerServices } from '../worker-services.ts';
import { type Letter, lettersOf, postLetter, type Replied, rejectionsOf } from './letters.ts';
import { type Seen, seenOf } from './seen.ts';
import { Senders } from './senders.ts';
import { type Filing, fileAtProvider, type SendingAccount, sendingAccount } from './sending-accounts.ts';
import { drawFates } from './smtp-fates.ts';
import { type Attempt, SmtpUnderFaults } from './smtp-under-faults.ts';

export type SendsPlan = {
  readonly seed: number;
  readonly accounts: number;
  readonly letters: number;
  /** How much faster than the machine's the service's clock goes; left out, it is found. */
  readonly factor?: number | undefined;
};

export type SendsOutcome = {
  readonly letters: readonly Letter[];
  readonly replies: ReadonlyMap<number, Replied>;
  /** Once the service had done all it does by itself. */
  readonly atRest: Seen;
  /** When that was seen, by the machine's time (ms). */
  readonly restAt: number;
  /** After the users had what was unknown sent again. */
  readonly afterwards: Seen;
  readonly attempts: readonly Attempt[];
  readonly met: ReadonlyMap<string, number>;
  readonly deaths: ReadonlyMap<string, number>;
  readonly processes: number;
  readonly printed: readonly string[];
  readonly seconds: number;
};

/**
 * How much faster than the machine's the service's clock is: an attempt that is given up after a minute is so after 3 s. On a
 * machine that is slow or busy with other things it goes slower, so that what is under way is not always given up.
 */
const fastest = 20;
const slowest = 3;
/** What a process takes to start on a machine that bears the fastest clock. */
const quickStartMs = 400;
const behindMs = 3_600_000;
const filings: readonly Filing[] = ['sent', 'chats', 'provider'];
const workers = { api: 2, queue: 2 } as const;
/** Messages of the send queue, beyond which a tick is left out. */
const mostWaiting = 100;
/** What is sent at the same time by one account. */
const lanes = 2;

export async function runSends(plan: SendsPlan): Promise<SendsOutcome> {
  const startedAt = performance.now();
  const random = new Random(plan.seed);
  const dir = mkdtempSync(join(tmpdir(), 'coi-push-sends-'));
  const surroundings = await startSurroundings(dir, { seed: plan.seed, imapPort: 1, mailboxes: 0 });
  const letters = lettersOf(random.branch('letters'), plan);
  const fates = drawFates(random.branch('fates'), plan.letters);
  mkdirSync(join(dir, 'trial'));
  let isTroubled = true;
  const accounts: SendingAccount[] = [];
  const vapid = createVapidKeys();
  const ca: string[] = [sharedMail().ca];
  const common = { ca, vapid, keyFile: join(dir, 'master.key') };
  const smtp = new SmtpUnderFaults({
    senders: () => senders,
    nextFate: () => (isTroubled ? fates.shift() : undefined),
    replyTo: rejectionsOf(letters),
    async deliver(user, raw) {
      const sender = accounts.find(({ account }) => account.email === user);
      if (sender?.filing === 'provider') await fileAtProvider(sender, raw);
    },
  });
  const servers = [await smtp.start('implicit'), await smtp.start('starttls')];
  ca.push(...servers.map((server) => server.ca));
  const direct = await openWorkerServices(
    { ...common, name: 'owner', aws: surroundings.aws(undefined), notesFile: join(dir, 'owner.notes') },
    systemClock,
  );
  let senders: Senders | undefined;
  const ticking = new AbortController();
  let ticks: Promise<void> | undefined;
  try {
    for (let index = 0; index < plan.accounts; index++) {
      const server = servers[index % servers.length];
      const filing = filings[index % filings.length];
      if (server === undefined || filing === undefined) throw new Error('no server');
      accounts.push(await sendingAccount(direct, index, { smtp: server, filing }));
    }
    const factor = plan.factor ?? (await fittingFactor(dir, common, (who) => surroundings.aws(who)));
    const patienceMs = (120_000 * fastest) / factor;
    const time = { startedAt: Date.now(), factor, behindMs };
    const services = { ...direct, clock: fastClock(time) };
    // As much shorter as everything else: what a process had in hand that is killed goes to another one after this.
    await shortenVisibility(surroundings.aws(undefined).queues, factor);
    const fleet = new Senders(
      dir,
      { ...common, time, aws: (who) => surroundings.aws(who) },
      random.branch('senders'),
    );
    senders = fleet;
    for (const role of ['api', 'queue'] as const)
      for (let count = 0; count < workers[role]; count++) fleet.start(role);
    ticks = tickEveryMinute(services, ticking.signal);
    const replies = new Map<number, Replied>();
    await Promise.all(
      accounts.flatMap((from, account) =>
        Array.from({ length: lanes }, async (_, lane) => {
          for (const letter of letters) {
            const turn = Math.floor(letter.number / accounts.length);
            if (letter.account !== account || turn % lanes !== lane) continue;
            replies.set(letter.number, await postLetter(fleet, from, letter));
          }
        }),
      ),
    );
    isTroubled = false;
    await fleet.replaceAll();
    await atRest(services, patienceMs);
    const seen = await seenOf(services, accounts);
    const restAt = Date.now();
    const unknown = seen.messages.filter(({ state }) => state === 'unknown');
    for (const { id, account } of unknown) {
      const from = accounts[account];
      if (from === undefined) throw new Error('a message of nobody');
      const sender = await fleet.someReady('api');
      const path = `/v1/messages/${id}/resend`;
      const answer = await fleet.call(sender, {
        path,
        token: from.token,
        key: `again ${id}`,
        body: undefined,
      });
      if (answer === 'died' || answer.status !== 202)
        throw new Error(`not sent again: ${JSON.stringify(answer)}`);
    }
    await atRest(services, patienceMs);
    const afterwards = await seenOf(services, accounts);
    return {
      ...{ letters, replies, atRest: seen, restAt, afterwards },
      ...{ attempts: smtp.attempts, met: smtp.met, deaths: fleet.deaths, processes: fleet.all.length },
      printed: fleet.printed(),
      seconds: (performance.now() - startedAt) / 1000,
    };
  } finally {
    ticking.abort();
    await ticks;
    await senders?.stop();
    await Promise.all(servers.map((server) => server.stop()));
    direct.store.close();
    direct.queues.close();
    await surroundings.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function fittingFactor(
  dir: string,
  common: { readonly ca: readonly string[]; readonly vapid: VapidKeys; readonly keyFile: string },
  aws: (who: string) => Aws,
): Promise<number> {
  const time = { startedAt: Date.now(), factor: 1, behindMs };
  const trial = new Senders(join(dir, 'trial'), { ...common, time, aws }, new Random(0));
  const begunAt = performance.now();
  trial.start('api');
  await trial.someReady('api');
  const fitting = (fastest * quickStartMs) / (performance.now() - begunAt);
  await trial.stop();
  return Math.max(slowest, Math.min(fastest, Math.floor(fitting)));
}

async function tickEveryMinute(services: Services, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Where queue and processes are slower than this clock is fast, each tick would bring back what it did before.
    if ((await services.queues.waiting('send')) < mostWaiting)
      await tick(services, { isPolled: () => false });
    await services.clock.sleep(60_000, signal);
  }
}

/** When nothing is left to do but to forget, in two days, what stays unknown. */
async function atRest(services: Services, patienceMs: number): Promise<void> {
  await eventually(
    'the service to be done',
    async () => {
      const left = await pendingOf(services);
      if (left.length === 0) return true;
      await delay(250);
      return undefined;
    },
    patienceMs,
  );
}

async function pendingOf({ store, clock }: Services): Promise<PendingWork[]> {
  const found: PendingWork[] = [];
  for (let partition = 0; partition < store.partitions; partition++) {
    const { pending } = await listPartition(store, partition, clock.now());
    found.push(...pending.filter(({ notBeforeAt }) => notBeforeAt < clock.now() + limits.sendGiveUpMs / 2));
  }
  return found;
}

async function shortenVisibility(
  queues: ConstructorParameters<typeof SQSClient>[0] & { urls: object },
  factor: number,
): Promise<void> {
  const { urls, ...address } = queues;
  const client = new SQSClient(address);
  const url = String(Reflect.get(urls, 'send'));
  await client.send(
    new SetQueueAttributesCommand({
      QueueUrl: url,
      Attributes: { VisibilityTimeout: String(Math.ceil(360 / factor)) },
    }),
  );
  client.destroy();
}
