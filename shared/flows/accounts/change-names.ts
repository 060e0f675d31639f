import { isDeepStrictEqual } from 'node:util';
import { normaliseAddress } from '../../coi/addresses.ts';
import type { Account } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { changeAccount } from './change-account.ts';

/** What is left out stays; `null` takes the name away. */
export type Names = {
  readonly displayName?: string | null | undefined;
  readonly aliases?: readonly string[] | undefined;
};

/**
 * Changes how an account is called and which other addresses are its own. Mail of those counts as its user's from now on,
 * also for whoever holds a connection to it; what was taken in before stays as it was read.
 */
export async function changeNames(services: Services, account: Account, names: Names): Promise<Account> {
  const changed = await changeAccount(services, account.id, (stored) => {
    const { displayName = stored.displayName, aliases = stored.aliases } = names;
    const others = aliases.map(normaliseAddress).filter((address) => address !== stored.email);
    const next = { ...stored, displayName: displayName ?? undefined, aliases: [...new Set(others)] };
    return isDeepStrictEqual(next, stored) ? stored : next;
  });
  if (!isDeepStrictEqual(changed.aliases, account.aliases)) await lookAnew(services, account.id);
  return changed;
}
