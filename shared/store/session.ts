import type { Store } from './client.ts';
import type { Session } from './items.ts';
import { accountPk, accountPrefixes, sessionIdOf, sessionKey } from './keys.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** Stores a session, or renews it. */
export async function putSession(store: Store, session: Session): Promise<void> {
  await store.put(sessionKey(session.accountId, session.id), {
    h: session.secretHash,
    d: session.deviceName,
    ca: session.createdAt,
    expiresAt: toSeconds(session.expiresAt),
  });
}

export async function getSession(
  store: Store,
  accountId: string,
  id: string,
  now: number,
): Promise<Session | undefined> {
  const item = await store.get(sessionKey(accountId, id));
  return item && !isExpired(item, now) ? sessionOf(accountId, id, item) : undefined;
}

export async function listSessions(store: Store, accountId: string, now: number): Promise<Session[]> {
  const items = await store.query({
    pk: accountPk(accountId),
    range: { text: 'begins_with(sk, :kind)', values: { ':kind': accountPrefixes.session } },
    consistent: true,
  });
  return items
    .filter((item) => !isExpired(item, now))
    .map((item) => sessionOf(accountId, sessionIdOf(new StoredItem('session', item).text('sk')), item));
}

export async function deleteSession(store: Store, accountId: string, id: string): Promise<void> {
  await store.delete(sessionKey(accountId, id));
}

export function sessionOf(accountId: string, id: string, item: Item): Session {
  const stored = new StoredItem('session', item);
  return {
    accountId,
    id,
    secretHash: stored.text('h'),
    deviceName: stored.optionalText('d'),
    createdAt: stored.number('ca'),
    expiresAt: stored.expiresAt(),
  };
}
