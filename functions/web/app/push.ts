import { computed, signal } from '@preact/signals';
import { deviceId, deviceName } from './device.ts';
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

/** `waiting`: subscribed, and the first push has not come. */
export const pushState = signal<keyof typeof texts.push>('unknown');
/** What this device wants to be told, as the service worker knows it too. */
export type Wish = {
  readonly content: 'full' | 'preview' | 'none';
  readonly silentOk: boolean;
  /** Goes with it: what is shown already is to say what its message says now. */
  readonly edits: boolean;
  readonly reactions: boolean;
};
export const pushWish = signal<Wish>({ content: 'full', silentOk: false, edits: false, reactions: true });

const declined = signal(false);
export const isOffered = computed(() => pushState.value === 'off' && !declined.value);

export async function declineOffer(): Promise<void> {
  declined.value = true;
  await keep('push-declined', true);
}

/** @param onNews something came while this page is open */
export async function startWorker(onNews: () => void): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    if (typeof data?.open === 'string') location.hash = data.open;
    if (data?.validated === true) pushState.value = 'on';
    if (data?.news === true) onNews();
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
  if (!('serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis)) {
    pushState.value = 'missing';
    return;
  }
  const [wish, isDeclined] = await Promise.all([kept('push-wish'), kept('push-declined')]);
  if (typeof wish === 'string') pushWish.value = JSON.parse(wish);
  declined.value = isDeclined === true;
  const isOn = (await kept('push')) === 'on' && Notification.permission === 'granted';
  pushState.value = Notification.permission === 'denied' ? 'denied' : 'off';
  if (isOn) await attempt(subscribe);
}

export async function turnOn(): Promise<void> {
  // Browsers show their question only in answer to a click, so nothing is waited for before it.
  if ((await Notification.requestPermission()) === 'granted') await subscribe();
  else if (Notification.permission === 'denied') pushState.value = 'denied';
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
  // Before the call: the worker may hand the validation in, and say so, while it lasts.
  pushState.value = 'waiting';
  try {
    const { validated } = await api.call('PUT /v1/push/subscriptions/{id}', {
      path: { id: await deviceId() },
      body: {
        ...{ client: texts.app, device: deviceName(), msgtype: 'chat', ...pushWish.value },
        resource: { endpoint, keys: { p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' } },
      },
    });
    if (validated) pushState.value = 'on';
  } catch (error) {
    pushState.value = 'off';
    throw error;
  }
}

export async function turnOff(): Promise<void> {
  await api.call('DELETE /v1/push/subscriptions/{id}', { path: { id: await deviceId() } });
  const registration = await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  await keep('push', 'off');
  await declineOffer();
  pushState.value = 'off';
}

export async function changeWish(to: Partial<Wish>): Promise<void> {
  pushWish.value = { ...pushWish.value, ...to };
  await keep('push-wish', JSON.stringify(pushWish.value));
  if (pushState.value === 'on' || pushState.value === 'waiting') await subscribe();
}

/** What is read here needs no notification any more. */
export async function closeNotifications(conversation: string): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const each of (await registration?.getNotifications({ tag: conversation })) ?? []) each.close();
}

export async function testPush(): Promise<void> {
  await api.call('POST /v1/push/test', {});
  notice.value = texts.tested;
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (each) => each.charCodeAt(0));
}
