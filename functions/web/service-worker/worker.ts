import { keep, kept } from '../app/kept.ts';
import { texts } from '../app/texts.ts';
import { call } from './call.ts';
import './shell.ts';
import { parseTold, recordOf, shownOf, type Told, textOf, words } from './told.ts';

declare const self: ServiceWorkerGlobalScope;
/** Lines of one notification: the newest messages of its conversation. */
const mostLines = 4;

/** One after the other: each adds to what the one before it shows. */
let taken: Promise<unknown> = Promise.resolve();

self.addEventListener('push', (event) => {
  const told = parseTold(event.data?.text());
  const now = taken.then(() => take(told));
  taken = now.catch(() => undefined);
  event.waitUntil(now);
});

/**
 * Browsers end the subscriptions of pages whose pushes show nothing, so each shows something. The one kind that does not
 * comes to those alone who asked for it.
 */
async function take(told: Told): Promise<void> {
  const ours = recordOf(told['x-coi-push']);
  const conversation = words(ours['conversation']);
  if (ours['kind'] === 'seen') {
    for (const each of await self.registration.getNotifications({ tag: conversation })) each.close();
  } else {
    const validation = told['validation'];
    const isValidated = typeof validation === 'string' && (await validate(validation));
    await show(told, conversation);
    if (isValidated) await tellPages({ validated: true });
  }
  await tellPages({ news: true });
}

async function show(told: Told, conversation: string): Promise<void> {
  const { title, line, tag } = shownOf(told, await knownOf(told, conversation));
  const before = await self.registration.getNotifications({ tag });
  const lines = conversation === '' ? [line] : linesWith(before[0]?.data, String(told['uid'] ?? ''), line);
  const options = {
    body: lines.map(([, each]) => each).join('\n'),
    tag,
    // It rings again for the next message, though it takes the place of the one before.
    renotify: true,
    icon: '/icon-192.png',
    data: { lines, open: conversation === '' ? '#/' : `#/c/${encodeURIComponent(conversation)}` },
  };
  await self.registration.showNotification(title, options);
}

type Line = readonly [uid: string, text: string];

/** In the order of the mailbox, because pushes overtake each other; one that comes twice is there once. */
function linesWith(data: unknown, uid: string, text: string): Line[] {
  const { lines } = recordOf(data);
  const earlier = (Array.isArray(lines) ? lines : []).map(([of, each]): Line => [String(of), String(each)]);
  const all: Line[] = [...earlier.filter(([of]) => of === '' || of !== uid), [uid, text]];
  return all.toSorted(([a], [b]) => Number(a || Infinity) - Number(b || Infinity) || 0).slice(-mostLines);
}

/** What the push does not tell: the name of a group, and a text that was too long for it or of another kind. */
async function knownOf(told: Told, conversation: string) {
  const message = words(recordOf(told['x-coi-push'])['message']);
  const wish = recordOf(JSON.parse(String((await kept('push-wish')) ?? '{}')));
  const wantsText = (wish['content'] ?? 'full') === 'full' && message !== '' && textOf(told) === '';
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
    ...{ client: texts.app, device: 'Browser', msgtype: 'chat', ...JSON.parse(String(wish ?? '{}')) },
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
