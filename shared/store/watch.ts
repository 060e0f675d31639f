import type { Expression, Store } from './client.ts';
import type { FolderCursor, Watch, WatchTrouble } from './items.ts';
import { partitionOf, watchKey } from './keys.ts';
import type { Item } from './stored-item.ts';
import { StoredItem, StoredItemUnreadable } from './stored-item.ts';

/**
 * Makes the watch of an account, or gives an existing one another host and mode. Cursors and the last activity that are
 * stored already stay: a sign-in must never make old mail new again. What was noted of trouble goes: somebody did something.
 */
export async function putWatch(
  store: Store,
  watch: Pick<Watch, 'accountId' | 'host' | 'mode' | 'lastActivityAt' | 'folders'>,
): Promise<void> {
  const folders = Object.fromEntries(
    Object.entries(watch.folders).map(([path, cursor]) => [path, cursorText(cursor)]),
  );
  await store.update(
    keyOf(store, watch.accountId),
    {
      text: 'SET v = :form, h = :host, m = :mode, la = if_not_exists(la, :la), f = if_not_exists(f, :folders) REMOVE fl, ra, pu',
      values: {
        ':form': 1,
        ':host': watch.host,
        ':mode': watch.mode,
        ':la': watch.lastActivityAt,
        ':folders': folders,
      },
    },
    { text: 'attribute_not_exists(v) OR v = :form' },
  );
}

export async function getWatch(store: Store, accountId: string): Promise<Watch | undefined> {
  const item = await store.get(keyOf(store, accountId));
  return item && watchOf(accountId, item);
}

/**
 * Moves the cursor of one folder, which acknowledges all mail below it. Nothing moves (`stale`) unless the stored cursor
 * is the one the caller started from (`undefined`: none yet), or when the account is no longer watched.
 *
 * @param keptAt ms since the epoch, when a message was kept of that mail; left out, the last activity stays
 * @param generation of the partition's lease, where the caller holds one: nothing moves after a later one moved a cursor
 */
export async function moveCursor(
  store: Store,
  accountId: string,
  folder: string,
  from: FolderCursor | undefined,
  to: FolderCursor,
  keptAt?: number,
  generation?: number,
): Promise<'moved' | 'stale'> {
  const change = [
    'SET f.#folder = :to',
    ...(keptAt === undefined ? [] : ['la = :kept, lm = :kept']),
    ...(generation === undefined ? [] : ['g = :generation']),
  ];
  // Messages are news for whoever waits for some, in the same write.
  const news = keptAt === undefined ? '' : ' ADD nw :one';
  const unmoved =
    from === undefined ? 'attribute_exists(f) AND attribute_not_exists(f.#folder)' : 'f.#folder = :from';
  const unfenced = generation === undefined ? '' : ' AND (attribute_not_exists(g) OR g <= :generation)';
  const moved = await store.update(
    keyOf(store, accountId),
    {
      text: change.join(', ') + news,
      names: { '#folder': folder },
      values: {
        ':to': cursorText(to),
        ':kept': keptAt,
        ':generation': generation,
        ':one': keptAt === undefined ? undefined : 1,
      },
    },
    { text: unmoved + unfenced, values: { ':from': from && cursorText(from) } },
  );
  return moved ? 'moved' : 'stale';
}

/** Notes that the user was there at `to`. `stale` when something else was noted since `from` was read, or nothing is watched. */
export async function moveLastActivity(
  store: Store,
  accountId: string,
  from: number,
  to: number,
): Promise<'moved' | 'stale'> {
  const moved = await store.update(
    keyOf(store, accountId),
    { text: 'SET la = :to', values: { ':to': to } },
    { text: 'attribute_exists(f) AND la = :from', values: { ':from': from } },
  );
  return moved ? 'moved' : 'stale';
}

/** Notes how far INBOX was looked through for chat mail to move away. Does nothing for an account that is no longer watched. */
export async function setFiled(store: Store, accountId: string, to: FolderCursor): Promise<void> {
  await store.update(
    keyOf(store, accountId),
    { text: 'SET fi = :to', values: { ':to': cursorText(to) } },
    { text: 'attribute_exists(f)' },
  );
}

/** Notes that what is stored of the account changed, for whoever holds a connection to it. */
export async function setWatchChanged(store: Store, accountId: string, at: number): Promise<void> {
  await store.update(
    keyOf(store, accountId),
    { text: 'SET ch = :at', values: { ':at': at } },
    { text: 'attribute_exists(f)' },
  );
}

/**
 * Counts that something of the account changed which its devices show, for those that wait for it. Received messages do so
 * when the cursor moves; this is for all else. Does nothing for an account that is no longer watched.
 */
export async function countNews(
  store: Store,
  accountId: string,
  about: 'account' | 'contacts',
): Promise<void> {
  await store.update(
    keyOf(store, accountId),
    { text: `ADD nw :one${about === 'contacts' ? ', nc :one' : ''}`, values: { ':one': 1 } },
    { text: 'attribute_exists(f)' },
  );
}

/**
 * Notes what trouble there is with a mailbox, or that there is none any more. Does nothing for an account that is no longer
 * watched. The last one who notes wins: it is a hint to whoever comes next.
 */
export async function setTrouble(
  store: Store,
  accountId: string,
  trouble: WatchTrouble | undefined,
): Promise<void> {
  await store.update(
    keyOf(store, accountId),
    trouble === undefined ? { text: 'REMOVE fl, ra, pu' } : changeTo(trouble),
    { text: 'attribute_exists(f)' },
  );
}

export async function deleteWatch(store: Store, accountId: string): Promise<void> {
  await store.delete(keyOf(store, accountId));
}

export function watchOf(accountId: string, item: Item): Watch {
  const stored = new StoredItem('watch', item);
  const filed = stored.optionalText('fi');
  return {
    accountId,
    host: stored.text('h'),
    mode: stored.oneOf('m', ['auto', 'idle', 'poll', 'serverpush']),
    lastActivityAt: stored.number('la'),
    lastMessageAt: stored.optionalNumber('lm'),
    folders: Object.fromEntries(stored.entries('f').map(([path, value]) => [path, cursorOf(value)])),
    filed: filed === undefined ? undefined : cursorOf(filed),
    changedAt: stored.optionalNumber('ch'),
    news: { all: stored.optionalNumber('nw') ?? 0, contacts: stored.optionalNumber('nc') ?? 0 },
    ...troubleOf(stored),
  };
}

function changeTo({ failures, retryAt, pollUntil }: WatchTrouble): Expression {
  return {
    text: `SET fl = :failures, ra = :retry${pollUntil === undefined ? ' REMOVE pu' : ', pu = :poll'}`,
    values: { ':failures': failures, ':retry': retryAt, ':poll': pollUntil },
  };
}

function troubleOf(stored: StoredItem): Pick<Watch, 'trouble'> {
  const failures = stored.optionalNumber('fl');
  if (failures === undefined) return {};
  return { trouble: { failures, retryAt: stored.number('ra'), pollUntil: stored.optionalNumber('pu') } };
}

/** Both numbers in one text, which one condition compares. (dynalite 4.0.0 never finds two lists or maps equal.) */
function cursorText({ uidValidity, uidNext }: FolderCursor): string {
  return `${uidValidity}.${uidNext}`;
}

function cursorOf(text: unknown): FolderCursor {
  const [, uidValidity, uidNext] = /^(\d+)\.(\d+)$/.exec(String(text)) ?? [];
  if (uidValidity === undefined || uidNext === undefined) {
    throw new StoredItemUnreadable('watch', 'a folder cursor');
  }
  return { uidValidity: Number(uidValidity), uidNext: Number(uidNext) };
}

function keyOf(store: Store, accountId: string) {
  return watchKey(partitionOf(accountId, store.partitions), accountId);
}
