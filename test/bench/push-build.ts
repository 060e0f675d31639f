import webPush from 'web-push';
import { newSubscriber } from '../../functions/local/demo/push-receiver.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { buildPush } from '../../shared/push/push-message.ts';
import { createVapidKeys } from '../../shared/push/vapid.ts';
import { vapidHeaders } from '../../shared/push/vapid-headers.ts';

/** Pushes built (encrypted, signed, addressed; nothing sent) per second of CPU time: medians of alternating runs. */
export type PushBuildFigures = { readonly ours: number; readonly plainWebPush: number };

const rounds = 5;
const devices = 64;
const repeats = 16;
const services = ['https://push-a.example.org', 'https://push-b.example.org', 'https://push-c.example.org'];

/** Builds pushes of 306 bytes for 64 subscriptions at 3 push services: our way, and with web-push as it comes. */
export async function benchPushBuild(): Promise<PushBuildFigures> {
  const vapid = createVapidKeys();
  const subject = 'mailto:operator@example.org';
  const payload = Buffer.from(JSON.stringify({ 'from-name': 'Alice', text: 'x'.repeat(274) }));
  const targets = Array.from({ length: devices }, (_, i) => ({
    ...newSubscriber(),
    endpoint: `${services[i % services.length]}/wpush/v2/${'a'.repeat(150)}${i}`,
  }));
  const authorizationFor = vapidHeaders({ vapid, subject, clock: systemClock });
  const ours = () => {
    for (const target of targets) {
      buildPush(target, payload, { ttlSeconds: 86_400, urgency: 'high' }, authorizationFor);
    }
  };
  const plainWebPush = () => {
    for (const { endpoint, p256dh, auth } of targets) {
      const vapidDetails = { subject, publicKey: vapid.publicKey, privateKey: vapid.privateKey };
      const options = { TTL: 86_400, urgency: 'high', vapidDetails } as const;
      webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, options);
    }
  };
  perCpuSecond(ours);
  perCpuSecond(plainWebPush);
  const figures = Array.from({ length: rounds }, () => ({
    ours: perCpuSecond(ours),
    plainWebPush: perCpuSecond(plainWebPush),
  }));
  return {
    ours: median(figures.map((figure) => figure.ours)),
    plainWebPush: median(figures.map((figure) => figure.plainWebPush)),
  };
}

function perCpuSecond(run: () => void): number {
  const before = process.cpuUsage();
  for (let i = 0; i < repeats; i++) run();
  const { user, system } = process.cpuUsage(before);
  return (devices * repeats * 1_000_000) / (user + system);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
