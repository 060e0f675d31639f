import { parseAdmission } from '../../shared/flows/admission.ts';
import type { SendServices, Services } from '../../shared/flows/services.ts';
import { kmsKeyring } from '../../shared/keyring/kms-keyring.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { functionSettings } from '../function-settings.ts';
import type { FunctionHost } from './function-host.ts';
import { openPushServices } from './push-services.ts';
import { openTickServices } from './tick-services.ts';

/** Everything, for functions that log in and push. Nobody signs in where the function is not told whom to admit. */
export async function openServices(host: FunctionHost): Promise<Services> {
  const { admit } = functionSettings;
  return {
    ...(await openPushServices(host)),
    ...mailboxes(host),
    admission: parseAdmission(host.reads(admit) ? host.read(admit) : ''),
  };
}

/** For sending, which logs in and does not push. */
export function openSendServices(host: FunctionHost): SendServices {
  return {
    ...openTickServices(host),
    guard: createAddressGuard({ allowPrivateHosts: host.read(functionSettings.allowPrivateHosts) }),
    trust: trustStore([]),
    ...mailboxes(host),
  };
}

function mailboxes({ read }: FunctionHost): Pick<Services, 'keyring' | 'lastChecks' | 'retentionMs'> {
  return {
    keyring: kmsKeyring({ keyArn: read(functionSettings.keyArn) }),
    lastChecks: new Map(),
    retentionMs: read(functionSettings.retentionDays) * 24 * 3_600_000,
  };
}
