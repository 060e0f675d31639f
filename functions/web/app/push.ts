import { signal } from '@preact/signals';
import { keep, kept } from './kept.ts';
import { account, api, attempt, notice } from './state.ts';
import { texts } from './texts.ts';

/** Where the browser has it; elsewhere the policy's directive is ignored. */
declare const trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): { createScriptURL(url: string): string };
    }
  | undefined;

export type PushState = 'missing' | 'denied' | 'off' | 'on';
export type Content = 'full' | 'preview' | 'none';
export const pushState = signal<PushState>('off');
export const pushContent = signal<Content>('full');

export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) {
    pushState.value = 'missing';
    return;
  }
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (typeof data?.open === 'string') location.hash = data.open;
    if (typeof data?.validation === 'string') void attempt(() => validate(data.validation));
  });
  await navigator.serviceWorker.register(workerUrl());
}

/** Browsers that know Trusted Types take a script's address only from a named maker. */
function workerUrl(): string {
  const url = '/service-worker.js';
  if (typeof trustedTypes === 'undefined') return url;
  return trustedTypes.createPolicy('worker', { createScriptURL: (given) => given }).createScriptURL(url);
}

/** At each start: a subscription that is not renewed ends after 30 days, and browsers drop them too. */
export async function renewPush(): Promise<void> {
  if (!('PushManager' in globalThis) || !('Notification' in globalThis)) {
    pushState.value = 'missing';
    return;
  }
  const content = await kept('push-content');
  if (content === 'preview' || content === 'none') pushContent.value = content;
  if (Notification.permission === 'denied') pushState.value = 'denied';
  else if ((await kept('push')) === 'on' && Notification.permission === 'granted') await attempt(subscribe);
}

export async function turnOn(): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') {
    pushState.value = 'denied';
    return;
  }
  await subscribe();
}

async function subscribe(): Promise<void> {
  const registration = await navigator.serviceWorker.ready;
  const key = account.value?.push.publicKey ?? (await api.call('GET /v1/push/key', {})).publicKey;
  const before = await registration.pushManager.getSubscription();
  const known = await kept('push-key');
  if (before !== null && known !== undefined && known !== key) await before.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(key),
  });
  const { endpoint = '', keys = {} } = subscription.toJSON();
  await keep('push', 'on');
  await keep('push-key', key);
  await api.call('PUT /v1/push/subscriptions/{id}', {
    path: { id: await deviceId() },
    body: {
      client: texts.app,
      device: deviceName(),
      msgtype: 'chat',
      content: pushContent.value,
      resource: { endpoint, keys: { p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' } },
    },
  });
  pushState.value = 'on';
}

export async function validate(validation: string): Promise<void> {
  await api.call('POST /v1/push/subscriptions/{id}/validate', {
    path: { id: await deviceId() },
    body: { validation },
  });
}

export async function turnOff(): Promise<void> {
  await api.call('DELETE /v1/push/subscriptions/{id}', { path: { id: await deviceId() } });
  const registration = await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  await keep('push', 'off');
  pushState.value = 'off';
}

export async function chooseContent(content: Content): Promise<void> {
  pushContent.value = content;
  await keep('push-content', content);
  if (pushState.value === 'on') await subscribe();
}

export async function testPush(): Promise<void> {
  await api.call('POST /v1/push/test', {});
  notice.value = texts.tested;
}

/** Of this browser, for as long as it is signed in. */
async function deviceId(): Promise<string> {
  const known = await kept('device');
  if (typeof known === 'string') return known;
  const made = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  await keep('device', made.join(''));
  return made.join('');
}

export function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox|Edg|Chrome|Safari/.exec(agent)?.[0] ?? 'Browser';
  return `${browser === 'Edg' ? 'Edge' : browser}, ${/Android|iPhone|iPad|Mac|Windows|Linux/.exec(agent)?.[0] ?? 'web'}`;
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}
