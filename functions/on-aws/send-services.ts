import { NewsBell } from '../../shared/flows/changes/news-bell.ts';
import { connectionPlaces } from '../../shared/flows/mailbox/open-mailbox.ts';
import type { SendServices, Services, TickServices } from '../../shared/flows/services.ts';
import { HostCircuits } from '../../shared/flows/watch/host-circuits.ts';
import { kmsKeyring } from '../../shared/keyring/kms-keyring.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { functionSettings } from '../settings/function-settings.ts';
import type { FunctionHost } from './function-host.ts';
import { keysInTable } from './keys-in-table.ts';
import { oauthSecret } from './oauth-secret.ts';
import { openTickServices } from './tick-services.ts';

/** For sending, which logs in and does not push. */
export function openSendServices(host: FunctionHost): SendServices {
  const services = openTickServices(host);
  return {
    ...services,
    guard: createAddressGuard({ allowPrivateHosts: host.read(functionSettings.allowPrivateHosts) }),
    trust: trustStore([]),
    ...mailboxParts(host, services),
  };
}

/** What logging in to a mailbox takes besides the way there. */
export function mailboxParts(
  { read }: FunctionHost,
  services: TickServices,
): Pick<Services, 'keyring' | 'oauth' | 'circuits' | 'news' | 'connections' | 'lastChecks' | 'retentionMs'> {
  return {
    keyring: kmsKeyring({ keyArn: read(functionSettings.keyArn), sharedKeys: keysInTable(services.store) }),
    oauth: oauthSecret(read(functionSettings.oauthSecretArn)),
    circuits: new HostCircuits(services),
    news: new NewsBell(),
    connections: connectionPlaces(),
    lastChecks: new Map(),
    retentionMs: read(functionSettings.retentionDays) * 24 * 3_600_000,
  };
}
