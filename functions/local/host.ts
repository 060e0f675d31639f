import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { systemClock } from '../../shared/core/clock.ts';
import type { Log } from '../../shared/core/log.ts';
import { silentMetrics } from '../../shared/core/metrics.ts';
import { mailDns } from '../../shared/discovery/mail-dns.ts';
import { parseAdmission } from '../../shared/flows/accounts/admission.ts';
import { connectionPlaces } from '../../shared/flows/mailbox/open-mailbox.ts';
import type { Services } from '../../shared/flows/services.ts';
import { HostCircuits } from '../../shared/flows/watch/host-circuits.ts';
import { fileKeyring } from '../../shared/keyring/file-keyring.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { openQueues } from '../../shared/queue/queues.ts';
import { openStore } from '../../shared/store/client.ts';
import { createApi } from '../api/app.ts';
import { clientAddress } from './client-address.ts';
import { openEmbedded } from './embedded/open-embedded.ts';
import type { Settings } from './settings.ts';
import { loadVapidKeys } from './vapid-file.ts';
import { startWork } from './work.ts';

export type HostOptions = {
  readonly log: Log;
  /** CAs in PEM to trust besides Node's own: the demo's mail server has one of its own. */
  readonly extraCa?: readonly string[];
  /** Address ranges to allow besides the setting's. */
  readonly allowPrivateHosts?: readonly string[];
};

export type Host = { readonly url: string; stop(): Promise<void> };

/**
 * The whole service in one process: the functions' code on embedded parts. Everything it keeps lies in the data folder
 * and survives a restart or a kill; what was under way is found again in the table.
 */
export async function startHost(settings: Settings, options: HostOptions): Promise<Host> {
  await mkdir(settings.dataDir, { recursive: true, mode: 0o700 });
  const embedded = await openEmbedded({ dir: join(settings.dataDir, 'table') });
  const guard = createAddressGuard({
    allowPrivateHosts: [...settings.allowPrivateHosts, ...(options.allowPrivateHosts ?? [])],
  });
  const trust = trustStore(options.extraCa ?? []);
  const vapid = await loadVapidKeys(join(settings.dataDir, 'vapid.json'));
  const store = openStore(embedded.store);
  const queues = openQueues({ ...embedded.queues, log: options.log });
  const services: Services = {
    clock: systemClock,
    log: options.log,
    metrics: silentMetrics,
    store,
    queues,
    keyring: await fileKeyring(join(settings.dataDir, 'master.key')),
    guard,
    trust,
    circuits: new HostCircuits({ clock: systemClock, log: options.log, metrics: silentMetrics, store }),
    connections: connectionPlaces(),
    push: createPushClient({ guard, trust, vapid, subject: settings.vapidSubject, clock: systemClock }),
    vapid,
    admission: parseAdmission(settings.admit, settings.maxAccounts),
    limitsReached: new Map(),
    discovery: { dns: mailDns(), ispdb: settings.ispdbUrl || undefined, webPort: 443 },
    // One process holds thousands of connections at no cost.
    hostWatch: { setting: settings.watch, autoMeans: 'idle' },
    activeAccounts: new Map(),
    lastChecks: new Map(),
    retentionMs: settings.retentionDays * 24 * 3_600_000,
  };
  const work = startWork(services, settings.watch);
  const api = createApi({
    services,
    corsOrigins: settings.corsOrigins,
    publicUrl: settings.port === 0 ? undefined : settings.publicUrl,
    addressOf: clientAddress(settings.trustedProxies),
  });
  const server = await listen(api.fetch, settings);
  options.log.info('service-started', { port: server.port });
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${server.port}`,
    async stop() {
      await server.close();
      await work.stop();
      services.push.close();
      queues.close();
      store.close();
      await embedded.stop();
      options.log.info('service-stopped');
    },
  };
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
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
