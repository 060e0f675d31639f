import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { createApi } from '../api/app.ts';
import { buildWeb } from '../web/build.ts';
import { createSite, isApiPath } from '../web/site.ts';
import { clientAddress } from './client-address.ts';
import { openEmbedded } from './embedded/open-embedded.ts';
import { type LocalOptions, openLocalServices } from './local-services.ts';
import { removeRunning, writeRunning } from './running-file.ts';
import type { Settings } from './settings.ts';
import { startWork } from './work.ts';

export type Host = { readonly url: string; stop(): Promise<void> };

/**
 * The whole service in one process: the functions' code on embedded parts. Everything it keeps lies in the data folder
 * and survives a restart or a kill; what was under way is found again in the table.
 */
export async function startHost(settings: Settings, options: LocalOptions): Promise<Host> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const embedded = await openEmbedded({ dir: join(settings.dataDir, 'table') });
  const { services, close } = await openLocalServices(settings, embedded, options);
  await writeRunning(settings.dataDir, embedded);
  const ending = new AbortController();
  // Each request that waits listens; Node takes more than ten for a leak.
  setMaxListeners(0, ending.signal);
  const work = startWork(services, settings.watch);
  const api = createApi({
    services,
    corsOrigins: settings.corsOrigins,
    publicUrl: settings.port === 0 ? undefined : settings.publicUrl,
    addressOf: clientAddress(settings.trustedProxies),
    ending: () => ending.signal,
  });
  const site = createSite(buildWeb);
  const server = await listen((request, env) => {
    const { pathname } = new URL(request.url);
    const location = options.links?.get(pathname);
    if (location !== undefined)
      return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-store' } });
    return (isApiPath(pathname) ? api : site).fetch(request, env);
  }, settings);
  options.log.info('service-started', { port: server.port });
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${server.port}`,
    async stop() {
      ending.abort();
      await server.close();
      await work.stop();
      close();
      await removeRunning(settings.dataDir);
      await embedded.stop();
      options.log.info('service-stopped');
    },
  };
}

async function listen(
  fetch: (request: Request, env: object) => Response | Promise<Response>,
  settings: Settings,
): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port: settings.port, hostname: settings.host }, ({ port }) =>
      resolve({ port, close: () => closeServer(server) }),
    );
    server.once('error', reject);
  });
}

/** Idle keep-alive connections would hold the process up; requests under way are cut off. */
function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
