import { keep, kept } from '../app/kept.ts';

declare const self: ServiceWorkerGlobalScope;
/** Files of the offline shell, set by the build. */
declare const SHELL: readonly string[];

const shellName = `shell ${SHELL.join(' ')}`;

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      await (await caches.open(shellName)).addAll([...SHELL]);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== shellName) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

/** The page from the network first, so that a new version comes at once; without one, the kept shell. Never replies of the API. */
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !SHELL.includes(url.pathname))
    return;
  event.respondWith(
    (async () => {
      try {
        const reply = await fetch(event.request);
        if (reply.ok) return reply;
      } catch {
        // Answered from the shell below.
      }
      return (await (await caches.open(shellName)).match(url.pathname)) ?? Response.error();
    })(),
  );
});

/** Browsers end the subscriptions of pages whose pushes show nothing, so each shows something. */
self.addEventListener('push', (event) => {
  event.waitUntil(
    (async () => {
      const told = parse(event.data?.text());
      const ours = recordOf(told['x-coi-push']);
      const validation = told['validation'];
      if (typeof validation === 'string') await validate(validation);
      const { title, body, tag } = shown(told, ours);
      await self.registration.showNotification(title, {
        body,
        tag,
        icon: '/icon-192.png',
        data: {
          open:
            typeof ours['conversation'] === 'string'
              ? `#/c/${encodeURIComponent(ours['conversation'])}`
              : '#/',
        },
      });
    })(),
  );
});

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
  if (!(change instanceof ExtendableEvent)) return;
  change.waitUntil(
    (async () => {
      const key = await kept('push-key');
      if (typeof key !== 'string') return;
      const subscription = await self.registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: key,
      });
      await call('PUT', '', {
        client: 'COI chat',
        device: 'Browser',
        msgtype: 'chat',
        resource: subscription.toJSON(),
      });
    })(),
  );
});

async function validate(validation: string): Promise<void> {
  await call('POST', '/validate', { validation });
  await keep('push', 'on');
}

async function call(method: string, what: string, body: object): Promise<void> {
  const [token, device, content] = await Promise.all([kept('token'), kept('device'), kept('push-content')]);
  if (typeof token !== 'string' || typeof device !== 'string') return;
  const whole = method === 'PUT' ? { ...body, content: content ?? 'full' } : body;
  await fetch(`/v1/push/subscriptions/${device}${what}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(whole),
  }).catch(() => undefined);
}

type Told = Readonly<Record<string, unknown>>;

function shown(told: Told, ours: Told): { title: string; body: string; tag: string } {
  if (typeof told['validation'] === 'string')
    return { title: 'Notifications are on', body: '', tag: 'validation' };
  if (ours['kind'] === 'account') {
    const refused = ours['status'] === 'login-refused';
    return {
      title: refused ? 'Sign in again' : 'Your mailbox is well again',
      body: refused ? 'Your mailbox refuses the password.' : '',
      tag: 'account',
    };
  }
  if (ours['kind'] === 'test')
    return { title: 'This is a test', body: 'Notifications reach this device.', tag: 'test' };
  const sender = words(told['from-name']) || words(told['from-email']) || 'New message';
  const group = words(told['group-name']) || words(told['group']);
  const title = group === '' ? sender : `${sender} in ${group}`;
  const text = words(told['content']) || words(ours['preview']) || words(told['subject']) || 'New message';
  return {
    title,
    body: ours['mention'] === true ? `Mentions you: ${text}` : text,
    tag: words(told['msg-id']) || 'message',
  };
}

function words(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function parse(text: string | undefined): Told {
  try {
    return recordOf(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}

function recordOf(value: unknown): Told {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
