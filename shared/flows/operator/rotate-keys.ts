import type { KeyRotation } from '../../keyring/keyring.ts';
import { allPairs, dropUnusedKeys, rotateVapidKeys, type VapidKeys } from '../../push/vapid.ts';
import { listSubscriptions } from '../../store/subscription.ts';
import { changeAccount } from '../accounts/change-account.ts';
import type { Services } from '../services.ts';
import { allAccounts } from './all-accounts.ts';

/**
 * Wraps the data keys of all accounts anew, under a new key. Those that nothing is wrapped under any more, from the
 * rotation before, are forgotten; the one that was in use until now stays until the next, for whatever is being written
 * this moment. May be broken off and repeated.
 *
 * @returns how many accounts were dealt with
 */
export async function rotateSealingKeys(services: Services, rotation: KeyRotation): Promise<number> {
  const wrapped: string[] = [];
  for await (const { account } of allAccounts(services)) wrapped.push(account.wrappedKey);
  await rotation.forgetUnused(wrapped);
  await rotation.begin();
  let count = 0;
  for await (const { account } of allAccounts(services)) {
    const key = await services.keyring.unwrap(account.id, account.wrappedKey);
    const wrappedKey = await services.keyring.wrap(account.id, key);
    await changeAccount(services, account.id, (stored) =>
      // Whoever signed in meanwhile kept the data key, under the same wrapping.
      stored.wrappedKey === account.wrappedKey ? { ...stored, wrappedKey } : stored,
    );
    count += 1;
  }
  return count;
}

/** Where the VAPID keys are kept. */
export type VapidKeeper = { read(): Promise<VapidKeys>; write(keys: VapidKeys): Promise<void> };

/**
 * Makes a new VAPID key for the subscriptions to come. Former keys stay while a subscription is bound to them; devices
 * renew with the new one when they next look. Functions and processes that run take it up at their next start.
 *
 * @returns the ids of the keys that are kept, the new one first
 */
export async function rotateVapid(services: Services, keeper: VapidKeeper): Promise<readonly string[]> {
  const inUse = await keysInUse(services);
  const keys = rotateVapidKeys(await keeper.read(), (keyId) => inUse.has(keyId));
  await keeper.write(keys);
  return allPairs(keys).map(({ keyId }) => keyId);
}

/** Forgets the former VAPID keys that no subscription is bound to any more. */
export async function dropVapid(services: Services, keeper: VapidKeeper): Promise<readonly string[]> {
  const inUse = await keysInUse(services);
  const keys = dropUnusedKeys(await keeper.read(), (keyId) => inUse.has(keyId));
  await keeper.write(keys);
  return allPairs(keys).map(({ keyId }) => keyId);
}

async function keysInUse(services: Services): Promise<ReadonlySet<string>> {
  const inUse = new Set<string>();
  for await (const { account } of allAccounts(services)) {
    for (const subscription of await listSubscriptions(services.store, account.id, services.clock.now())) {
      inUse.add(subscription.vapidKeyId);
      if (subscription.replacement !== undefined) inUse.add(subscription.replacement.vapidKeyId);
    }
  }
  return inUse;
}
