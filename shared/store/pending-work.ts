import type { Store, Values } from './client.ts';
import type { PendingWork } from './items.ts';
import { type Key, partitionOf, pendingWorkKey } from './keys.ts';
import type { Item } from './stored-item.ts';
import { StoredItem, toSeconds } from './stored-item.ts';

type WorkName = Pick<PendingWork, 'kind' | 'id'>;

/** Records work that is owed, or replaces what was recorded of it. */
export async function putPendingWork(store: Store, work: PendingWork): Promise<void> {
  await store.put(keyOf(store, work.accountId, work), itemOf(work));
}

/**
 * Records work over what was read of it, undefined for none. `stale` when somebody else wrote in between, and then nothing
 * is written.
 */
export async function replacePendingWork(
  store: Store,
  work: PendingWork,
  read: Pick<PendingWork, 'notBeforeAt'> | undefined,
): Promise<'written' | 'stale'> {
  const written = await store.put(
    keyOf(store, work.accountId, work),
    itemOf(work),
    read === undefined
      ? { text: 'attribute_not_exists(pk)' }
      : { text: 'nb = :read', values: { ':read': read.notBeforeAt } },
  );
  return written ? 'written' : 'stale';
}

/** Ends work that was done, unless it was put off since it was read: then somebody wants it done once more. */
export async function endPendingWork(store: Store, work: PendingWork): Promise<void> {
  await store.delete(keyOf(store, work.accountId, work), {
    text: 'attribute_not_exists(pk) OR nb = :read',
    values: { ':read': work.notBeforeAt },
  });
}

/** Work stays readable after `giveUpAt`: whoever meets it then ends it properly. */
export async function getPendingWork(
  store: Store,
  accountId: string,
  name: WorkName,
): Promise<PendingWork | undefined> {
  const item = await store.get(keyOf(store, accountId, name));
  return item && pendingWorkOf(item);
}

/** Puts recorded work off. `gone` when it was done meanwhile: it is not brought back. */
export async function reschedulePendingWork(
  store: Store,
  accountId: string,
  name: WorkName,
  notBeforeAt: number,
): Promise<'rescheduled' | 'gone'> {
  const rescheduled = await store.update(
    keyOf(store, accountId, name),
    { text: 'SET nb = :at', values: { ':at': notBeforeAt } },
    { text: 'attribute_exists(pk)' },
  );
  return rescheduled ? 'rescheduled' : 'gone';
}

export async function deletePendingWork(store: Store, accountId: string, name: WorkName): Promise<void> {
  await store.delete(keyOf(store, accountId, name));
}

/** How long work outlives its `giveUpAt`, so that the one who finds it can still end it: a day. */
const keptAfterGiveUpMs = 24 * 3_600_000;

function itemOf(work: PendingWork): Values {
  const common = {
    k: work.kind,
    i: work.id,
    a: work.accountId,
    nb: work.notBeforeAt,
    gu: work.giveUpAt,
    expiresAt: toSeconds(work.giveUpAt + keptAfterGiveUpMs),
  };
  switch (work.kind) {
    case 'push':
      if ('since' in work) return { ...common, c: work.conversationId, y: work.reason, f: work.since };
      return {
        ...common,
        s: work.subscriptionId,
        n: work.attempts,
        ...('status' in work ? { st: work.status } : { c: work.conversationId, mk: work.messageKey }),
      };
    case 'send':
      return { ...common, m: work.messageId };
  }
}

export function pendingWorkOf(item: Item): PendingWork {
  const stored = new StoredItem('pending work', item);
  const kind = stored.oneOf('k', ['push', 'send']);
  const common = {
    id: stored.text('i'),
    accountId: stored.text('a'),
    notBeforeAt: stored.number('nb'),
    giveUpAt: stored.number('gu'),
  };
  switch (kind) {
    case 'push': {
      const since = stored.optionalText('f');
      if (since !== undefined)
        return {
          ...{ kind, ...common, conversationId: stored.text('c'), since },
          reason: stored.oneOf('y', ['burst', 'quiet']),
        };
      return {
        kind,
        ...common,
        subscriptionId: stored.text('s'),
        attempts: stored.number('n'),
        ...(stored.optionalText('st') === undefined
          ? { conversationId: stored.text('c'), messageKey: stored.text('mk') }
          : { status: stored.oneOf('st', ['ok', 'login-refused']) }),
      };
    }
    case 'send':
      return { kind, ...common, messageId: stored.text('m') };
  }
}

function keyOf(store: Store, accountId: string, name: WorkName): Key {
  return pendingWorkKey(partitionOf(accountId, store.partitions), accountId, name);
}
