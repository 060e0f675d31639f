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
    case 'push':
      return {
        kind,
        ...common,
        subscriptionId: stored.text('s'),
        attempts: stored.number('n'),
        ...(stored.optionalText('st') === undefined
          ? { conversationId: stored.text('c'), messageKey: stored.text('mk') }
          : { status: stored.oneOf('st', ['ok', 'login-refused']) }),
      };
    case 'send':
      return { kind, ...common, messageId: stored.text('m') };
  }
}

function keyOf(store: Store, accountId: string, name: WorkName): Key {
  return pendingWorkKey(partitionOf(accountId, store.partitions), accountId, name);
}
