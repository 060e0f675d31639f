import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import { isRecord, signIn } from '../support/api-client.ts';
import { chatMail } from '../support/chat-mail.ts';
import { eventually } from '../support/eventually.ts';
import type { Device } from '../support/push-service.ts';
import { subscribe } from '../support/subscribe.ts';
import { startBenchSite, uidOf } from './bench-site.ts';
import { type Cpu, startCpuWatch } from './cpu-watch.ts';
import { quantile } from './machine.ts';
import { type RawIdleClient, startRawIdleClient } from './raw-idle-client.ts';

/** Milliseconds from the EXISTS line on the wire to the push at the push service, mail by mail. */
export type LatencyFigures = {
  readonly idle: readonly number[];
  /** The same pushes, from the EXISTS line that a client of its own had, which does nothing but wait. */
  readonly idleFromRaw: readonly number[];
  readonly bursts: readonly Burst[];
  /** From handing a mail to Dovecot to its EXISTS line at that client: what no client can change. */
  readonly floor: readonly number[];
};

export type Burst = {
  readonly latencies: readonly number[];
  readonly fromRaw: readonly number[];
  /** From the first mail handed over to the last push, and until Dovecot had taken all mails. */
  readonly ms: number;
  readonly deliveryMs: number;
  /** CPU in the meantime, in ms: of the service with its database, of the whole machine. */
  readonly cpu: Cpu;
};

const idleMails = 100;
const idleMailboxes = 20;
/** Mails under way at once while idle: a push takes a small part of the half second Dovecot waits. */
const idleLanes = 3;
type Mailbox = {
  readonly address: string;
  readonly device: Device;
  readonly raw: RawIdleClient;
  /** Mails handed to Dovecot so far, and how many of them before the present measurement. */
  sent: number;
  before: number;
};

const burstMailboxes = 50;
/** Mailboxes that the service holds a connection to; nothing comes to the others. */
const heldMailboxes = 900;
const signInLanes = 8;
const mailsPerMailbox = 10;
const burstCount = 3;

/** The whole service as a process of its own, between a real Dovecot and a push service that decrypts. */
export async function benchLatency(progress: (line: string) => void): Promise<LatencyFigures> {
  const site = await startBenchSite();
  const { mail, push, proxy, url, hosts } = site;
  try {
    const mailboxes: Mailbox[] = [];
    for (let i = 0; i < burstMailboxes; i++) {
      const address = `bench-${i}@example.test`;
      const client = await signIn(url, hosts, address);
      const device = push.newDevice();
      await subscribe(client, device);
      await eventually(
        'a first look',
        async () => (await client.call('GET', '/v1/account'))['lastCheckedAt'] ?? undefined,
      );
      const raw = await startRawIdleClient(mail.imap.starttlsPort, address, mail.password);
      mailboxes.push({ address, device, raw, sent: 0, before: 0 });
    }
    progress(`${burstMailboxes} mailboxes are watched`);
    const lanes = pLimit(signInLanes);
    const others = Array.from({ length: heldMailboxes - burstMailboxes }, (_, index) =>
      lanes(async () => {
        const client = await signIn(url, hosts, `bench-other-${index}@example.test`);
        await eventually('a connection to hold', async () => {
          const { lastCheckedAt, watch } = await client.call('GET', '/v1/account');
          return (lastCheckedAt !== null && isRecord(watch) && watch['mode'] === 'idle') || undefined;
        });
      }),
    );
    await Promise.all(others);
    progress(`${heldMailboxes} mailboxes are watched`);
    const deliver = async (mailbox: Mailbox) => {
      mailbox.sent += 1;
      const startedAt = performance.now();
      await mail.deliver(
        mailbox.address,
        chatMail({ from: 'bob@example.test', to: mailbox.address, text: 'How are you today?' }),
      );
      return startedAt;
    };
    const announcedToUs = ({ address }: Mailbox, uid: number) => proxy.announcedAt(address, uid);
    const announcedToRaw = ({ raw }: Mailbox, uid: number) => raw.announcedAt(uid);
    /** A new mailbox gives UIDs that are sequence numbers too, so a push tells which EXISTS line it is the answer to. */
    const latencies = (announcedAt: (mailbox: Mailbox, uid: number) => number | undefined) =>
      mailboxes.flatMap((mailbox) =>
        mailbox.device.pushes.flatMap(({ payload, receivedAt }) => {
          const uid = uidOf(payload);
          if (uid === undefined || uid <= mailbox.before) return [];
          const announced = announcedAt(mailbox, uid);
          return announced === undefined ? [] : [receivedAt - announced];
        }),
      );

    const floor: number[] = [];
    let left = idleMails;
    const lane = async (n: number) => {
      for (let i = n; left > 0; i += idleLanes) {
        left -= 1;
        // Each lane has mailboxes of its own, so that a mail is alone in its mailbox.
        const mailbox = mailboxes[i % (idleMailboxes - (idleMailboxes % idleLanes))];
        if (mailbox === undefined) throw new Error('no mailbox');
        const startedAt = await deliver(mailbox);
        const { raw, device, sent } = mailbox;
        await eventually('a push', () => (device.pushes.length > sent ? true : undefined));
        floor.push((await eventually('an announcement', () => raw.announcedAt(sent))) - startedAt);
        await delay(Math.random() * 100);
      }
    };
    await Promise.all(Array.from({ length: idleLanes }, (_, n) => lane(n)));
    const [idle, idleFromRaw] = [latencies(announcedToUs), latencies(announcedToRaw)];
    progress(`${idle.length} single mails: p50 ${quantile(idle, 0.5).toFixed(0)} ms`);

    const bursts: Burst[] = [];
    for (let n = 0; n < burstCount; n++) {
      for (const mailbox of mailboxes) mailbox.before = mailbox.sent;
      const cpu = startCpuWatch('functions/local/main.ts');
      const startedAt = performance.now();
      for (let round = 0; round < mailsPerMailbox; round++) await Promise.all(mailboxes.map(deliver));
      const deliveryMs = performance.now() - startedAt;
      await eventually(
        'all pushes of the burst',
        () => mailboxes.every(({ device, sent }) => device.pushes.length > sent) || undefined,
        60_000,
      );
      const ms = performance.now() - startedAt;
      bursts.push({
        ...{ ms, deliveryMs, cpu: cpu.take() },
        ...{ latencies: latencies(announcedToUs), fromRaw: latencies(announcedToRaw) },
      });
      progress(`a burst of ${burstMailboxes * mailsPerMailbox} mails in ${ms.toFixed(0)} ms`);
    }
    return { idle, idleFromRaw, bursts, floor };
  } finally {
    await site.stop();
  }
}
