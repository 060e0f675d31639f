import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApi } from '../../functions/api/app.ts';
import type { Api, ApiContext } from '../../functions/api/context.ts';
import { type Clock, systemClock } from '../../shared/core/clock.ts';
import type { Log } from '../../shared/core/log.ts';
import { parseAdmission } from '../../shared/flows/accounts/admission-list.ts';
import { sealCredentials } from '../../shared/flows/accounts/credentials.ts';
import type { DiscoverySettings } from '../../shared/flows/accounts/discovery-settings.ts';
import { newSession } from '../../shared/flows/accounts/session-token.ts';
import { NewsBell } from '../../shared/flows/changes/news-bell.ts';
import { connectionPlaces } from '../../shared/flows/mailbox/open-mailbox.ts';
import type { Services } from '../../shared/flows/services.ts';
import { HostCircuits } from '../../shared/flows/watch/host-circuits.ts';
import type { HostWatch } from '../../shared/flows/watch/watch-mode.ts';
import { fileKeyring } from '../../shared/keyring/file-keyring.ts';
import type { Keyring } from '../../shared/keyring/keyring.ts';
import { type AddressGuard, createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { parseOauthProviders } from '../../shared/oauth/oauth-providers.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { createVapidKeys, type VapidKeys } from '../../shared/push/vapid.ts';
import { createAccount } from '../../shared/store/account.ts';
import type { Account } from '../../shared/store/items.ts';
import { putSession } from '../../shared/store/session.ts';
import { putWatch } from '../../shared/store/watch.ts';
import { ContractClient } from './contract-client.ts';
import { startParts, type TestParts } from './embedded.ts';
import { collectedLog, collectedMetrics } from './logs/collected-log.ts';
import { exampleAccount } from './store-examples.ts';

export type ApiHost = {
  readonly api: Api;
  readonly services: Services;
  readonly parts: TestParts;
  readonly masterKeyFile: string;
  /** Somebody who is not signed in. */
  readonly nobody: ContractClient;
  /** Moves the service's clock on. */
  pass(ms: number): void;
  /** A signed-in device of a new account, which is stored as a sign-in would, without asking a mail server. */
  account(
    changes?: Partial<Account>,
  ): Promise<{ client: ContractClient; account: Account; sessionId: string }>;
  /** Another device of an account. */
  device(account: Account, name?: string): Promise<{ client: ContractClient; sessionId: string }>;
  stop(): Promise<void>;
};

export type ApiHostOptions = Partial<Omit<ApiContext, 'services'>> & {
  /** CAs in PEM of the servers in the test. */
  readonly ca?: readonly string[];
  readonly admit?: string;
  readonly mostAccounts?: number;
  /** Clients at OAuth providers, as an operator writes them; called anew for each question. */
  readonly oauth?: string;
  /** Without one, nothing is looked up. */
  readonly discovery?: DiscoverySettings;
  readonly guard?: AddressGuard;
  /** In place of the machine's, moved on by `pass`. */
  readonly clock?: Clock;
  /** As on AWS, when left out. */
  readonly hostWatch?: HostWatch;
  /** In place of embedded ones of its own, and of new keys. */
  readonly parts?: TestParts;
  readonly keyring?: Keyring;
  readonly vapid?: VapidKeys;
  /** In place of one whose lines are read at the end of the run. */
  readonly log?: Log;
};

/** The API on an embedded database and queues, with a clock that tests move. Nothing watches: only calls do something. */
export async function startApiHost(options: ApiHostOptions = {}): Promise<ApiHost> {
  const parts = options.parts ?? (await startParts());
  const dir = await mkdtemp(join(tmpdir(), 'coi-push-api-'));
  let passed = 0;
  const [log, metrics] = [options.log ?? collectedLog(), collectedMetrics()];
  const time = options.clock ?? systemClock;
  const clock = { ...time, now: () => time.now() + passed };
  const guard = options.guard ?? createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] });
  const trust = trustStore(options.ca ?? []);
  const vapid = options.vapid ?? createVapidKeys();
  const services: Services = {
    clock,
    log,
    metrics,
    store: parts.store,
    queues: parts.queues,
    keyring: options.keyring ?? (await fileKeyring(join(dir, 'master.key'))),
    guard,
    trust,
    circuits: new HostCircuits({ clock, log, metrics, store: parts.store }),
    news: new NewsBell(),
    connections: connectionPlaces(),
    push: createPushClient({ guard, trust, vapid, subject: 'mailto:operator@example.org', clock }),
    vapid,
    oauth: { providers: async () => parseOauthProviders(options.oauth ?? '') },
    admission: parseAdmission(options.admit ?? '*', options.mostAccounts ?? 1000),
    limitsReached: new Map(),
    discovery: options.discovery ?? noDiscovery,
    hostWatch: options.hostWatch ?? { setting: 'auto', autoMeans: 'idle-while-active' },
    activeAccounts: new Map(),
    lastChecks: new Map(),
    retentionMs: 90 * 24 * 3_600_000,
  };
  const api = createApi({
    services,
    corsOrigins: options.corsOrigins ?? [],
    publicUrl: options.publicUrl,
    addressOf: options.addressOf ?? (() => '192.0.2.1'),
    ...(options.ending === undefined ? {} : { ending: options.ending }),
    ...(options.holdMs === undefined ? {} : { holdMs: options.holdMs }),
  });
  const nobody = new ContractClient(api);
  let accounts = 0;
  const device = async (account: Account, name = 'test device') => {
    const { token, session } = newSession(account.id, name, clock.now());
    await putSession(services.store, session);
    return { client: new ContractClient(api, token), sessionId: session.id };
  };
  return {
    api,
    services,
    parts,
    masterKeyFile: join(dir, 'master.key'),
    nobody,
    pass: (ms) => {
      passed += ms;
    },
    async account(changes = {}) {
      accounts += 1;
      const id = changes.id ?? `account-${accounts}`;
      const account = exampleAccount({
        email: `person-${accounts}@example.test`,
        aliases: [],
        unproven: [],
        ...(await sealCredentials(services, id, { password: 'correct-horse' })),
        ...changes,
        id,
      });
      await createAccount(services.store, account);
      await putWatch(services.store, {
        accountId: id,
        host: account.imap.host,
        mode: 'auto',
        lastActivityAt: clock.now(),
        folders: {},
      });
      return { account, ...(await device(account)) };
    },
    device,
    async stop() {
      services.push.close();
      await parts.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const noDiscovery: DiscoverySettings = {
  dns: { services: async () => [], exchangers: async () => [] },
  ispdb: undefined,
  // Nothing listens there.
  webPort: 1,
};
