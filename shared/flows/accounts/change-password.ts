import type { Account } from '../../store/items.ts';
import { tellStatus } from '../push/tell-status.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { changeAccount } from './change-account.ts';
import { sealCredentials } from './credentials.ts';
import { proveLogins } from './prove-logins.ts';

/**
 * Gives an account another password for its mail servers, after both took it; until then the old one stays. Its watch goes
 * on with the new one.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable`, `mail-host-forbidden` or `conflict`; nothing is changed then
 */
export async function changePassword(
  services: Services,
  account: Account,
  password: string,
): Promise<Account> {
  await proveLogins(services, account, { password });
  const sealed = await sealCredentials(services, account.id, { password }, account.wrappedKey);
  let before = account.status;
  const changed = await changeAccount(services, account.id, (stored) => {
    before = stored.status;
    // What the operator paused stays so.
    return { ...stored, ...sealed, status: before === 'paused' ? 'paused' : 'ok' };
  });
  await tellStatus(services, changed, before);
  await lookAnew(services, account.id);
  return changed;
}
