import type { Store } from './client.ts';
import { inviteKey } from './keys.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** An invitation to make accounts. The code itself is never stored. */
export type Invite = { readonly uses: number; readonly expiresAt: number };

export async function putInvite(store: Store, code: string, { uses, expiresAt }: Invite): Promise<void> {
  await store.put(inviteKey(code), { n: uses, expiresAt: toSeconds(expiresAt) });
}

/** Undefined for a code that was never given out, is used up, or too old. */
export async function getInvite(store: Store, code: string, now: number): Promise<Invite | undefined> {
  const item = await store.get(inviteKey(code));
  if (item === undefined || isExpired(item, now)) return undefined;
  const stored = new StoredItem('invite', item);
  const uses = stored.number('n');
  return uses > 0 ? { uses, expiresAt: stored.number('expiresAt') * 1000 } : undefined;
}

/** Takes one use of a code; of two that want the last one, one gets it. */
export async function spendInvite(store: Store, code: string, now: number): Promise<boolean> {
  const left = await store.add(inviteKey(code), 'n', -1, {
    condition: {
      text: 'n > :none AND expiresAt > :now',
      values: { ':none': 0, ':now': Math.floor(now / 1000) },
    },
  });
  return left !== undefined;
}

/** Gives a use back that made no account. */
export async function returnInvite(store: Store, code: string): Promise<void> {
  await store.add(inviteKey(code), 'n', 1, { condition: { text: 'attribute_exists(pk)' } });
}
