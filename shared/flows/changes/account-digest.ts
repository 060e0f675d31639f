import { createHash } from 'node:crypto';
import type { Account, Watch } from '../../store/items.ts';

/** Eight bytes in hex that differ when something differs that devices show of an account, but for when it was checked. */
export function accountDigest(account: Account, watch?: Watch): string {
  const { email, aliases, displayName, status, capabilities, mailboxRoot, serverPushKey, settings } = account;
  const pending = account.unproven.map(({ address }) => address);
  const shown = [
    email,
    aliases,
    pending,
    displayName,
    status,
    capabilities,
    mailboxRoot,
    serverPushKey,
    settings,
  ];
  const watched = [watch?.mode, Object.keys(watch?.folders ?? {}).sort()];
  return createHash('sha256')
    .update(JSON.stringify([shown, watched]))
    .digest('hex')
    .slice(0, 16);
}
