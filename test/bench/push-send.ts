import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:https';
import pLimit from 'p-limit';
import webPush from 'web-push';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { newSubscriber } from '../../functions/local/demo/push-receiver.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { createVapidKeys } from '../../shared/push/vapid.ts';
import { quantile } from './machine.ts';

/** Pushes built and sent, to the answer, per second of this process's CPU: medians of alternating runs. */
export type PushSendFigures = { readonly ours: number; readonly plainWebPush: number };

const rounds = 5;
const devices = 64;
const pushesPerRound = 1_024;
/** Under way at once: as many as our client has sockets to one push service. */
const lanes = 16;

/** Sends pushes of 306 bytes to one push service, in a process of its own: our way, and with web-push as it comes. */
export async function benchPushSend(): Promise<PushSendFigures> {
  const authority = await createCertificateAuthority();
  const child = fork(new URL('./push-sink-child.ts', import.meta.url), [], { execArgv: ['--import', 'tsx'] });
  child.send(await authority.issue(['localhost']));
  const [message]: unknown[] = await once(child, 'message');
  const port =
    typeof message === 'object' && message !== null && 'port' in message ? message.port : undefined;
  const vapid = createVapidKeys();
  const subject = 'mailto:operator@example.org';
  const payload = Buffer.from(JSON.stringify({ 'from-name': 'Alice', text: 'x'.repeat(274) }));
  const targets = Array.from({ length: devices }, (_, index) => ({
    ...newSubscriber(),
    endpoint: `https://localhost:${port}/wpush/v2/${'a'.repeat(150)}${index}`,
  }));
  const client = createPushClient({
    ...{ guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }) },
    ...{ trust: trustStore([authority.ca]), vapid, subject, clock: systemClock },
  });
  // The options of Node's own agent, which web-push uses when left alone; the CA alone is added.
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000, ca: authority.ca });
  const vapidDetails = { subject, publicKey: vapid.publicKey, privateKey: vapid.privateKey };
  const ours = async (target: (typeof targets)[number]) => {
    const outcome = await client.send(target, payload, { ttlSeconds: 86_400, urgency: 'high' });
    if (outcome.kind !== 'delivered') throw new Error('a push was not taken');
  };
  const plainWebPush = async ({ endpoint, p256dh, auth }: (typeof targets)[number]) => {
    const options = { TTL: 86_400, urgency: 'high', vapidDetails, agent } as const;
    await webPush.sendNotification({ endpoint, keys: { p256dh, auth } }, payload, options);
  };
  try {
    await perCpuSecond(targets, ours);
    await perCpuSecond(targets, plainWebPush);
    const figures: PushSendFigures[] = [];
    for (let round = 0; round < rounds; round++)
      figures.push({
        ours: await perCpuSecond(targets, ours),
        plainWebPush: await perCpuSecond(targets, plainWebPush),
      });
    const median = (figure: (one: PushSendFigures) => number) => quantile(figures.map(figure), 0.5);
    return { ours: median((one) => one.ours), plainWebPush: median((one) => one.plainWebPush) };
  } finally {
    client.close();
    agent.destroy();
    child.kill();
  }
}

async function perCpuSecond<T>(targets: readonly T[], send: (target: T) => Promise<void>): Promise<number> {
  const limit = pLimit(lanes);
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: pushesPerRound / targets.length }, () => targets)
      .flat()
      .map((target) => limit(() => send(target))),
  );
  const { user, system } = process.cpuUsage(before);
  return (pushesPerRound * 1_000_000) / (user + system);
}
