import { deviceName } from '../app/device.ts';
import { keep, kept } from '../app/kept.ts';
import { texts } from '../app/texts.ts';
import { call } from './call.ts';
import { type Line, linesOf, linesWith, optionsOf } from './lines.ts';
import './shell.ts';
import { parseTold, recordOf, shownOf, type Told, textOf, words } from './told.ts';

declare const self: ServiceWorkerGlobalScope;

/** One after the other: each adds to what the one before it shows. */
let taken: Promise<unknown> = Promise.resolve();

self.addEventListener('push', (event) => {
  const told = parseTold(event.data?.text());
  const now = taken.then(() => take(told));
  taken = now.catch(() => undefined);
  event.waitUntil(now);
});

/**
 * Browsers end the subscriptions of pages whose pushes show nothing, so each shows something. Those that do not come to
 * devices alone that asked for them.
 */
async function take(told: Told): Promise<void> {
  const ours = recordOf(told['x-coi-push']);
  const tag = words(ours['conversation']);
  const message = words(ours['message']);
  switch (ours['kind']) {
    case 'seen':
      await showLines(tag, () => []);
      break;
    case 'delete':
      await showLines(tag, (lines) => lines.filter(([id]) => id !== message));
      break;
    case 'edit': {
      const { text } = await knownOf(told, tag);
      await showLines(tag, (lines) =>
        lines.map(([id, uid, line]) => [id, uid, id === message ? text : line]),
      );
      break;
    }
    default:
      await show(told, tag);
  }
  await tellPages({ news: true });
}

async function show(told: Told, conversation: string): Promise<void> {
  const validation = told['validation'];
  const isValidated = typeof validation === 'string' && (await validate(validation));
  const { title, line, tag } = shownOf(told, await knownOf(told, conversation));
  const [before] = conversation === '' ? [] : await self.registration.getNotifications({ tag });
  const id = words(recordOf(told['x-coi-push'])['message']);
  const lines = linesWith(before?.data, [id, String(told['uid'] ?? ''), line]);
  await self.registration.showNotification(title, optionsOf(tag, lines, conversation, false));
  if (isValidated) await tellPages({ validated: true });
}

/** Changes what is shown of a conversation, without ringing; nothing where nothing is shown of it. */
async function showLines(tag: string, change: (lines: readonly Line[]) => readonly Line[]): Promise<void> {
  const [shown] = await self.registration.getNotifications({ tag });
  if (shown === undefined) return;
  const lines = change(linesOf(shown.data));
  if (lines.length === 0) shown.close();
  else await self.registration.showNotification(shown.title, optionsOf(tag, lines, tag, true));
}

/** What the push does not tell: the name of a group, and a text that was too long for it or of another kind. */
async function knownOf(told: Told, conversation: string) {
  const message = words(recordOf(told['x-coi-push'])['message']);
  const wish = recordOf(JSON.parse(String((await kept('push-wish')) ?? '{}')));
  const { kind } = recordOf(told['x-coi-push']);
  const isMissing = kind === 'edit' || (kind !== 'reaction' && textOf(told) === '');
  const wantsText = (wish['content'] ?? 'full') === 'full' && message !== '' && isMissing;
  const [text, group] = await Promise.all([
    wantsText ? call('GET', `/v1/messages/${encodeURIComponent(message)}`) : undefined,
    'group-id' in told ? groupOf(conversation) : undefined,
  ]);
  return { text: words(recordOf(text)['text']), group };
}

async function groupOf(conversation: string): Promise<string> {
  const shown = recordOf(JSON.parse(String((await kept('shown')) ?? '{}')));
  const list: unknown[] = Array.isArray(shown['conversations']) ? shown['conversations'] : [];
  const found =
    list.map(recordOf).find(({ id }) => id === conversation) ??
    recordOf(await call('GET', `/v1/conversations/${encodeURIComponent(conversation)}`));
  return words(found['title']) || texts.group;
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const open = String(recordOf(event.notification.data)['open'] ?? '#/');
  event.waitUntil(
    (async () => {
      const [window] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
      if (window === undefined) {
        await self.clients.openWindow(`/${open}`);
        return;
      }
      window.postMessage({ open });
      await window.focus();
    })(),
  );
});

/** The browser chose another endpoint: the service is told at once, without the page. */
self.addEventListener('pushsubscriptionchange', (event) => {
  const change: unknown = event;
  if (change instanceof ExtendableEvent) change.waitUntil(subscribeAgain());
});

async function subscribeAgain(): Promise<void> {
  const [key, device, wish] = await Promise.all([kept('push-key'), kept('device'), kept('push-wish')]);
  if (typeof key !== 'string' || typeof device !== 'string') return;
  const subscription = await self.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key,
  });
  await call('PUT', `/v1/push/subscriptions/${device}`, {
    ...{ client: texts.app, device: deviceName(), msgtype: 'chat', ...JSON.parse(String(wish ?? '{}')) },
    resource: subscription.toJSON(),
  });
}

async function validate(validation: string): Promise<boolean> {
  const done = await call('POST', `/v1/push/subscriptions/${String(await kept('device'))}/validate`, {
    validation,
  });
  if (done !== undefined) await keep('push', 'on');
  return done !== undefined;
}

async function tellPages(message: object): Promise<void> {
  for (const page of await self.clients.matchAll({ type: 'window', includeUncontrolled: true }))
    page.postMessage(message);
}
