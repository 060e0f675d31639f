import type { PushServices, Services } from '../../shared/flows/services.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { createPushClient } from '../../shared/push/push-client.ts';
import { functionSettings } from '../settings/function-settings.ts';
import type { FunctionHost } from './function-host.ts';
import { openTickServices } from './tick-services.ts';
import { vapidSecret } from './vapid-secret.ts';

/** Adds what a push needs: the key pair, read once per process, and the guarded way out. */
export async function openPushServices(
  host: FunctionHost,
): Promise<PushServices & Pick<Services, 'guard' | 'trust' | 'vapid'>> {
  const services = openTickServices(host);
  const { read } = host;
  const vapid = await vapidSecret(read(functionSettings.vapidSecretArn)).read();
  if (vapid === 'empty')
    throw new Error('The VAPID secret is empty: the deploy that fills it has not ended.');
  const guard = createAddressGuard({ allowPrivateHosts: read(functionSettings.allowPrivateHosts) });
  const trust = trustStore([]);
  const subject = read(functionSettings.vapidSubject);
  const push = createPushClient({ guard, trust, vapid, subject, clock: services.clock });
  return { ...services, guard, trust, vapid, push };
}
