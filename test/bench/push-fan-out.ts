import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isRecord, signIn } from '../support/api-client.ts';
import { chatMail } from '../support/chat-mail.ts';
import { eventually } from '../support/eventually.ts';
import type { Device } from '../support/push-service.ts';
import { subscribe } from '../support/subscribe.ts';
import { type BenchSite, startBenchSite, uidOf } from './bench-site.ts';

/** Milliseconds from the EXISTS line on the wire, mail by mail. */
export type FanOutFigures = {
  /** To the last and to the first of ten devices. */
  readonly last: readonly number[];
  readonly first: readonly number[];
  /** To the one device of each of many mailboxes, while so many mails in a second came for them together. */
  readonly steady: readonly number[];
  readonly steadyPerSecond: number;
};

const devicesPerMailbox = 10;
const fanOutMailboxes = 10;
const fanOutMails = 100;
const fanOutLanes = 3;
const steadyMailboxes = 200;
const steadyPerSecond = 200;
const steadyMails = 2_000;
const signInLanes = 8;

type Mailbox = { readonly address: string; readonly devices: readonly Device[] };

export async function benchFanOut(progress: (line: string) => void): Promise<FanOutFigures> {
  const site = await startBenchSite();
  try {
    const lanes = pLimit(signInLanes);
    const watched = (name: string, mailboxes: number, devices: number) =>
      Promise.all(
        Array.from({ length: mailboxes }, (_, index) =>
          lanes(() => watch(site, `${name}-${index}@example.test`, devices)),
        ),
      );
    const many = await watched('bench-ten', fanOutMailboxes, devicesPerMailbox);
    const steady = await watched('bench-steady', steadyMailboxes, 1);
    progress(
      `${fanOutMailboxes} mailboxes with ${devicesPerMailbox} devices, and ${steadyMailboxes} with one`,
    );
    const fanOut = await fanOutTo(site, many);
    progress(`${fanOut.length} mails to ${devicesPerMailbox} devices each`);
    const rate = await steadyTo(site, steady);
    progress(`${steadyMails} mails at ${rate.toFixed(0)} a second`);
    return {
      last: fanOut.map((each) => Math.max(...each)),
      first: fanOut.map((each) => Math.min(...each)),
      steady: steady.flatMap((mailbox) => latenciesOf(site, mailbox).flat()),
      steadyPerSecond: rate,
    };
  } finally {
    await site.stop();
  }
}

async function watch({ url, hosts, push }: BenchSite, address: string, count: number): Promise<Mailbox> {
  const client = await signIn(url, hosts, address);
  const devices = Array.from({ length: count }, () => push.newDevice());
  for (const device of devices) await subscribe(client, device);
  await eventually('a connection to hold', async () => {
    const { lastCheckedAt, watch } = await client.call('GET', '/v1/account');
    return (lastCheckedAt !== null && isRecord(watch) && watch['mode'] === 'idle') || undefined;
  });
  return { address, devices };
}

/** One mail after the other in each lane, each alone in its mailbox: the latencies of its pushes. */
async function fanOutTo(
  site: BenchSite,
  mailboxes: readonly Mailbox[],
): Promise<readonly (readonly number[])[]> {
  const sent = new Map(mailboxes.map(({ address }) => [address, 0]));
  let left = fanOutMails;
  const lane = async (n: number) => {
    const own = mailboxes.filter((_, index) => index % fanOutLanes === n);
    for (let turn = 0; left > 0; turn++) {
      left -= 1;
      const mailbox = own[turn % own.length];
      if (mailbox === undefined) throw new Error('no mailbox');
      const count = (sent.get(mailbox.address) ?? 0) + 1;
      sent.set(mailbox.address, count);
      await deliver(site, mailbox);
      await eventually('its pushes', () =>
        mailbox.devices.every(({ pushes }) => pushes.length > count) ? true : undefined,
      );
      await delay(Math.random() * 100);
    }
  };
  await Promise.all(Array.from({ length: fanOutLanes }, (_, n) => lane(n)));
  return mailboxes.flatMap((mailbox) => latenciesOf(site, mailbox));
}

/** Mails for all mailboxes in turn, at a steady rate whatever becomes of them. Gives the rate at which Dovecot took them. */
async function steadyTo(site: BenchSite, mailboxes: readonly Mailbox[]): Promise<number> {
  const startedAt = performance.now();
  const delivering: Promise<void>[] = [];
  for (let count = 0; count < steadyMails; count++) {
    const mailbox = mailboxes[count % mailboxes.length];
    if (mailbox === undefined) throw new Error('no mailbox');
    const aheadMs = startedAt + (count * 1000) / steadyPerSecond - performance.now();
    if (aheadMs > 1) await delay(aheadMs);
    delivering.push(deliver(site, mailbox));
  }
  await Promise.all(delivering);
  const rate = (steadyMails * 1000) / (performance.now() - startedAt);
  const each = steadyMails / mailboxes.length;
  await eventually(
    'all pushes',
    () => mailboxes.every(({ devices }) => devices.every(({ pushes }) => pushes.length > each)) || undefined,
    180_000,
  );
  return rate;
}

async function deliver({ mail }: BenchSite, { address }: Mailbox): Promise<void> {
  await mail.deliver(
    address,
    chatMail({ from: 'bob@example.test', to: address, text: 'How are you today?' }),
  );
}

/** Of each mail, from its announcement to each of its pushes. */
function latenciesOf({ proxy }: BenchSite, { address, devices }: Mailbox): readonly (readonly number[])[] {
  const byUid = new Map<number, number[]>();
  for (const { payload, receivedAt } of devices.flatMap(({ pushes }) => pushes)) {
    const uid = uidOf(payload);
    const announcedAt = uid === undefined ? undefined : proxy.announcedAt(address, uid);
    if (uid === undefined || announcedAt === undefined) continue;
    byUid.set(uid, [...(byUid.get(uid) ?? []), receivedAt - announcedAt]);
  }
  return [...byUid.values()];
}
