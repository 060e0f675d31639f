import { join } from 'node:path';
import { systemClock } from '../../shared/core/clock.ts';
import type { Log } from '../../shared/core/log.ts';
import { silentMetrics } from '../../shared/core/metrics.ts';
import { mailDns } from '../../shared/discovery/mail-dns.ts';
import { parseAdmission } from '../../shared/flows/accounts/admission-list.ts';
import { NewsBell } from '../../shared/flows/changes/news-bell.ts';
import { connectionPlaces } from '../../shared/flows/mailbox/open-mailbox.ts';
import type { Services } from '../../shared/flows/services.ts';
import { HostCircuits } from '../../shared/flows/watch/host-circuits.ts';
import { fileKeyring } from '../../shared/keyring/file-keyring.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { openQueues } from '../../shared/queue/queues.ts';
import { openStore } from '../../shared/store/client.ts';
import type { Embedded } from './embedded/open-embedded.ts';
import { loadOauthProviders } from './oauth-file.ts';
import type { Settings } from './settings.ts';
import { loadVapidKeys } from './vapid-file.ts';

export type LocalOptions = {
  readonly log: Log;
  /** CAs in PEM to trust besides Node's own: the demo's mail server has one of its own. */
  readonly extraCa?: readonly string[];
  /** Address ranges to allow besides the setting's. */
  readonly allowPrivateHosts?: readonly string[];
  /** Paths that lead elsewhere, asked for at each request: those of the demo sign its people in. */
  readonly links?: ReadonlyMap<string, string>;
};

/** Where what is not in the table lies in the data folder. */
export const keyFiles = (dataDir: string) => ({
  master: join(dataDir, 'master.key'),
  vapid: join(dataDir, 'vapid.json'),
  oauth: join(dataDir, 'oauth.json'),
});

/** What every flow works with, on embedded parts and files of the data folder. */
export async function openLocalServices(
  settings: Settings,
  parts: Pick<Embedded, 'store' | 'queues'>,
  options: LocalOptions,
): Promise<{ services: Services; close(): void }> {
  const files = keyFiles(settings.dataDir);
  const guard = createAddressGuard({
    allowPrivateHosts: [...settings.allowPrivateHosts, ...(options.allowPrivateHosts ?? [])],
  });
  const trust = trustStore(options.extraCa ?? []);
  const vapid = await loadVapidKeys(files.vapid);
  const oauth = await loadOauthProviders(files.oauth);
  const store = openStore(parts.store);
  const queues = openQueues({ ...parts.queues, log: options.log });
  const push = createPushClient({ guard, trust, vapid, subject: settings.vapidSubject, clock: systemClock });
  const services: Services = {
    clock: systemClock,
    log: options.log,
    metrics: silentMetrics,
    store,
    queues,
    keyring: await fileKeyring(files.master),
    guard,
    trust,
    circuits: new HostCircuits({ clock: systemClock, log: options.log, metrics: silentMetrics, store }),
    news: new NewsBell(),
    connections: connectionPlaces(),
    push,
    vapid,
    oauth: { providers: async () => oauth },
    admission: parseAdmission(settings.admit, settings.maxAccounts),
    limitsReached: new Map(),
    discovery: { dns: mailDns(), ispdb: settings.ispdbUrl || undefined, webPort: 443 },
    // One process holds thousands of connections at no cost.
    hostWatch: { setting: settings.watch, autoMeans: 'idle' },
    activeAccounts: new Map(),
    lastChecks: new Map(),
    retentionMs: settings.retentionDays * 24 * 3_600_000,
  };
  return {
    services,
    close() {
      push.close();
      queues.close();
      store.close();
    },
  };
}
