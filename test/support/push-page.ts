import { createServer } from 'node:http';
import { listen } from './listen.ts';

/** A page as small as a thin client can be: subscribes, hands validations back, shows what it is told. */
export type PushPage = { readonly url: string; close(): Promise<void> };

const serviceWorker = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil((async () => {
  const told = event.data.json();
  const title = told.validation ? 'Notifications are on' : told['from-name'] || told['from-email'];
  const body = told.validation ? '' : (told.content || told.subject || 'New message').trim();
  await self.registration.showNotification(title, { body, tag: told['msg-id'], data: told });
  const shown = (await self.registration.getNotifications()).map(({ title, body }) => ({ title, body }));
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage({ told, shown });
})()));`;

const page = `<!doctype html><meta charset="utf-8"><title>push</title><script>
window.pushes = [];
navigator.serviceWorker.addEventListener('message', (event) => pushes.push(event.data));
function bytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}
window.subscribe = async (applicationServerKey) => {
  const registration = await navigator.serviceWorker.register('/worker.js');
  await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(applicationServerKey) };
  return (await registration.pushManager.subscribe(options)).toJSON();
};
</script>`;

export async function startPushPage(): Promise<PushPage> {
  const server = createServer((request, response) => {
    const isWorker = request.url === '/worker.js';
    response.writeHead(200, { 'content-type': isWorker ? 'text/javascript' : 'text/html' });
    response.end(isWorker ? serviceWorker : page);
  });
  const port = await listen(server);
  return {
    url: `http://localhost:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
