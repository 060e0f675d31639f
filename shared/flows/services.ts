import type { Clock } from '../core/clock.ts';
import type { Gate } from '../core/gate.ts';
import type { Log } from '../core/log.ts';
import type { Metrics } from '../core/metrics.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { AddressGuard } from '../net/address-guard.ts';
import type { TrustStore } from '../net/trust-store.ts';
import type { OauthProviders } from '../oauth/oauth-providers.ts';
import type { PushClient } from '../push/push-client.ts';
import type { VapidKeys } from '../push/vapid.ts';
import type { Queues } from '../queue/queues.ts';
import type { Store } from '../store/client.ts';
import type { Admission } from './accounts/admission-list.ts';
import type { DiscoverySettings } from './accounts/discovery-settings.ts';
import type { NewsBell } from './changes/news-bell.ts';
import type { HostCircuits } from './watch/host-circuits.ts';
import type { HostWatch } from './watch/watch-mode.ts';

/** What every flow works with. A host (Lambda function or the single process) builds it once, at start. */
export type Services = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly queues: Queues;
  readonly keyring: Keyring;
  /** Every address a user names passes this before anything connects. */
  readonly guard: AddressGuard;
  readonly trust: TrustStore;
  /** The way to mail servers: which of them are left alone, and when it is whose turn to log in. */
  readonly circuits: HostCircuits;
  /** Requests of this process that wait for news of their accounts. */
  readonly news: NewsBell;
  /** The connections that requests have to each account: `flows/mailbox/open-mailbox` keeps it. */
  readonly connections: Gate;
  readonly push: PushClient;
  readonly vapid: VapidKeys;
  /** The providers that users may sign in at. Read when it is first needed, because it holds this service's secrets there. */
  readonly oauth: { readonly providers: () => Promise<OauthProviders> };
  readonly admission: Admission;
  /** Who was over a limit in this process, and until when: `flows/accounts/rate-limits` keeps it, and asking again costs nothing. */
  readonly limitsReached: Map<string, number>;
  /** How the mail servers of an address are found. */
  readonly discovery: DiscoverySettings;
  /** How this host watches, where accounts leave it to the host. */
  readonly hostWatch: HostWatch;
  /** When this process last noted of accounts that their users are there: `flows/watch/note-activity` keeps it. */
  readonly activeAccounts: Map<string, number>;
  /** When this process last completed a check, by account. Kept in memory: an empty check writes nothing. */
  readonly lastChecks: Map<string, number>;
  /** How long message metadata is kept, in ms. */
  readonly retentionMs: number;
};

/** What the minute tick needs: it logs in nowhere and pushes nothing. */
export type TickServices = Pick<Services, 'clock' | 'log' | 'metrics' | 'store' | 'queues'>;

/** What a push needs: no mailbox, so no credentials. */
export type PushServices = TickServices & Pick<Services, 'push'>;

/** What sending a recorded mail needs: no push. */
export type SendServices = Omit<
  Services,
  'push' | 'vapid' | 'admission' | 'limitsReached' | 'discovery' | 'hostWatch' | 'activeAccounts'
>;
