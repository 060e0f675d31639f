import { mailDns } from '../../shared/discovery/mail-dns.ts';
import { parseAdmission } from '../../shared/flows/accounts/admission-list.ts';
import type { Services } from '../../shared/flows/services.ts';
import { functionSettings } from '../settings/function-settings.ts';
import type { FunctionHost } from './function-host.ts';
import { openPushServices } from './push-services.ts';
import { mailboxParts } from './send-services.ts';

/** Everything, for functions that log in and push. Nobody signs in where the function is not told whom to admit. */
export async function openServices(host: FunctionHost): Promise<Services> {
  const { admit, maxAccounts, ispdbUrl, watch } = functionSettings;
  const admission = host.reads(admit)
    ? parseAdmission(host.read(admit), host.read(maxAccounts))
    : parseAdmission('', 0);
  const services = await openPushServices(host);
  return {
    ...services,
    ...mailboxParts(host, services),
    admission,
    limitsReached: new Map(),
    discovery: {
      dns: mailDns(),
      ispdb: host.reads(ispdbUrl) ? host.read(ispdbUrl) || undefined : undefined,
      webPort: 443,
    },
    hostWatch: { setting: host.reads(watch) ? host.read(watch) : 'auto', autoMeans: 'idle-while-active' },
    activeAccounts: new Map(),
  };
}
