import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { isRecord, signIn } from '../support/api-client.ts';
import { chatMail } from '../support/chat-mail.ts';
import { startMailServers } from '../support/dovecot.ts';
import { eventually } from '../support/eventually.ts';
import { type Device, startPushService } from '../support/push-service.ts';
import { startService } from '../support/running-service.ts';
import { subscribe } from '../support/subscribe.ts';
import { startExistsProxy } from './exists-proxy.ts';
import { quantile } from './machine.ts';

/** Milliseconds from the EXISTS line on the wire to the push at the push service. */
export type LatencyFigures = {
  readonly idle: readonly number[];
  readonly burst: readonly number[];
  /** From handing a mail to Dovecot to its EXISTS line: what no client can change. */
  readonly dovecot: readonly number[];
};

const idleMails = 60;
const burstMailboxes = 50;
const mailsPerMailbox = 10;

/** The whole service as a process of its own, between a real Dovecot and a push service that decrypts. */
export async function benchLatency(progress: (line: string) => void): Promise<LatencyFigures> {
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-bench-'));
  const [mail, push, authority] = await Promise.all([
    startMailServers(),
    startPushService(),
    createCertificateAuthority(),
  ]);
  const proxy = await startExistsProxy({
    ...(await authority.issue(['localhost'])),
    imapPort: mail.imap.starttlsPort,
  });
  await writeFile(join(dir, 'ca.pem'), [mail.ca, push.ca, authority.ca].join('\n'));
  const service = await startService({
    DATA_DIR: join(dir, 'data'),
    ALLOW_PRIVATE_HOSTS: '127.0.0.0/8,::1/128',
    NODE_EXTRA_CA_CERTS: join(dir, 'ca.pem'),
    LOG_LEVEL: 'error',
  });
  try {
    const hosts = { ...mail, imap: { host: 'localhost', port: proxy.port } };
    const mailboxes: { address: string; device: Device; sent: number }[] = [];
    for (let i = 0; i < burstMailboxes; i++) {
      const address = `bench-${i}@example.test`;
      const client = await signIn(service.url, hosts, address);
      const device = push.newDevice();
      await subscribe(client, device);
      await eventually(
        'a first look',
        async () => (await client.call('GET', '/v1/account'))['lastCheckedAt'] ?? undefined,
      );
      mailboxes.push({ address, device, sent: 0 });
    }
    progress(`${burstMailboxes} mailboxes are watched`);
    const deliver = async (mailbox: { address: string; sent: number }) => {
      mailbox.sent += 1;
      const startedAt = performance.now();
      await mail.deliver(
        mailbox.address,
        chatMail({ from: 'bob@example.test', to: mailbox.address, text: 'How are you today?' }),
      );
      return startedAt;
    };
    const arrived = () => mailboxes.every(({ device, sent }) => device.pushes.length > sent);
    const latencies = (from: ReadonlyMap<string, number>) =>
      mailboxes.flatMap(({ address, device }) =>
        device.pushes.flatMap(({ payload, receivedAt }) => {
          const { uid } = fieldsOf(payload);
          const announced = uid === undefined ? undefined : proxy.announcedAt(address, uid);
          return announced === undefined || (uid ?? 0) <= (from.get(address) ?? 0)
            ? []
            : [receivedAt - announced];
        }),
      );

    const dovecot: number[] = [];
    for (let i = 0; i < idleMails; i++) {
      const mailbox = mailboxes[(i * 7) % mailboxes.length];
      if (mailbox === undefined) continue;
      const startedAt = await deliver(mailbox);
      const announced = await eventually('an announcement', () =>
        proxy.announcedAt(mailbox.address, mailbox.sent),
      );
      dovecot.push(announced - startedAt);
      await eventually('a push', () => (mailbox.device.pushes.length > mailbox.sent ? true : undefined));
      await delay(Math.random() * 100);
    }
    const idle = latencies(new Map());
    progress(`${idle.length} single mails: p50 ${quantile(idle, 0.5).toFixed(0)} ms`);

    const before = new Map(mailboxes.map(({ address, sent }) => [address, sent]));
    for (let round = 0; round < mailsPerMailbox; round++) await Promise.all(mailboxes.map(deliver));
    await eventually('all pushes of the burst', () => (arrived() ? true : undefined), 60_000);
    const burst = latencies(before);
    progress(`${burst.length} mails in a burst: p50 ${quantile(burst, 0.5).toFixed(0)} ms`);
    return { idle, burst, dovecot };
  } finally {
    await service.stop();
    await Promise.all([proxy.close(), push.close(), mail.stop()]);
    await rm(dir, { recursive: true, force: true });
  }
}

function fieldsOf(payload: Buffer): { uid: number | undefined } {
  const parsed: unknown = JSON.parse(payload.toString('utf8'));
  return { uid: isRecord(parsed) && typeof parsed['uid'] === 'number' ? parsed['uid'] : undefined };
}
