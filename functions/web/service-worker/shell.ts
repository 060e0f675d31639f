declare const self: ServiceWorkerGlobalScope;
/** Files of the offline shell, set by the build. */
declare const SHELL: readonly string[];

const shellName = `shell ${SHELL.join(' ')}`;
/** A network that is there and gives nothing is none. */
const shellWithinMs = 3_000;
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
        const reply = await fetch(event.request, { signal: AbortSignal.timeout(shellWithinMs) });
        if (reply.ok) return reply;
      } catch {
        // Answered from the shell below.
      }
      return (await (await caches.open(shellName)).match(url.pathname)) ?? Response.error();
    })(),
  );
});
