import { accountOf } from './account.ts';
import { addressBookOf } from './address-book.ts';
import type { Store } from './client.ts';
import { conversationOf } from './conversation.ts';
import {
  accountKey,
  accountPk,
  accountPrefixes,
  conversationIdOf,
  conversationPk,
  partitionOf,
  partitionPk,
  pendingWorkOfAccount,
  sessionIdOf,
  watchKey,
} from './keys.ts';
import { messageOf } from './message-item.ts';
import { outgoingOf } from './outgoing.ts';
import { pendingWorkOf } from './pending-work.ts';
import { sessionOf } from './session.ts';
import { type Item, isExpired, StoredItem } from './stored-item.ts';
import { subscriptionOf } from './subscription.ts';
import { watchOf } from './watch.ts';

/** One item of an account with everything in it but secrets: passwords, keys, tokens and their hashes. */
export type ExportedItem = { readonly item: string; readonly [name: string]: unknown };

/** Where a page begins: behind an item of the account's own collection, or of one of its conversations. */
export type ExportPosition = { readonly conversation: string | undefined; readonly after: string };

export type ExportPage = {
  readonly items: readonly ExportedItem[];
  readonly next: ExportPosition | undefined;
};

/** Items asked for at once. */
const batch = 100;

/**
 * What is stored of an account, page by page: first the account with all that belongs to it as a whole, then
 * the messages, conversation by conversation.
 *
 * @param unlisted ids of conversations that hold messages and have no item of their own
 * @param enough JSON characters after which a page ends
 */
export async function listAccountItems(
  store: Store,
  accountId: string,
  from: ExportPosition | undefined,
  options: { readonly unlisted: readonly string[]; readonly enough: number; readonly now: number },
): Promise<ExportPage> {
  const items: ExportedItem[] = from === undefined ? await beside(store, accountId, options.now) : [];
  let size = JSON.stringify(items).length;
  let position: ExportPosition | undefined = from ?? { conversation: undefined, after: ' ' };
  let waiting: readonly string[] | undefined;
  while (position !== undefined) {
    const { conversation, after }: ExportPosition = position;
    const pk = conversation === undefined ? accountPk(accountId) : conversationPk(accountId, conversation);
    const found = await store.query({
      pk,
      range: { text: 'sk > :after', values: { ':after': after } },
      limit: batch,
      consistent: true,
    });
    for (const item of found) {
      if (isExpired(item, options.now)) continue;
      const exported =
        conversation === undefined
          ? exportedOf(accountId, item)
          : { item: 'message', ...messageOf(accountId, conversation, item) };
      items.push(exported);
      size += JSON.stringify(exported).length;
    }
    const last = found.at(-1)?.['sk'];
    if (found.length === batch && typeof last === 'string') position = { conversation, after: last };
    else {
      waiting ??= await conversationsBehind(store, accountId, conversation, options.unlisted);
      const [next, ...rest] = waiting;
      waiting = rest;
      position = next === undefined ? undefined : { conversation: next, after: ' ' };
    }
    if (size > options.enough) break;
  }
  return { items, next: position };
}

/** What is stored of the account among things of others: its watch, and its unfinished work. */
async function beside(store: Store, accountId: string, now: number): Promise<ExportedItem[]> {
  const partition = partitionOf(accountId, store.partitions);
  const watch = await store.get(watchKey(partition, accountId));
  const pending = await store.query({
    pk: partitionPk(partition),
    range: {
      text: 'begins_with(sk, :own)',
      values: { ':own': pendingWorkOfAccount(accountId) },
    },
    consistent: true,
  });
  return [
    ...(watch === undefined ? [] : [{ item: 'watch', ...watchOf(accountId, watch) }]),
    ...pending
      .filter((item) => !isExpired(item, now))
      .map((item) => ({ item: 'unfinished-work', ...pendingWorkOf(item) })),
  ];
}

/** Ids of all conversations that come behind one, in one order for all pages. */
async function conversationsBehind(
  store: Store,
  accountId: string,
  conversation: string | undefined,
  unlisted: readonly string[],
): Promise<string[]> {
  const listed = await store.query({
    pk: accountPk(accountId),
    range: {
      text: 'begins_with(sk, :prefix)',
      values: { ':prefix': accountPrefixes.conversation },
    },
    keysOnly: true,
    consistent: true,
  });
  const ids = listed.flatMap(({ sk }) => (typeof sk === 'string' ? [conversationIdOf(sk)] : []));
  return [...new Set([...ids, ...unlisted])]
    .toSorted()
    .filter((id) => conversation === undefined || id > conversation);
}

/** The item of one kind in the account's own collection, told apart by its sort key. */
function exportedOf(accountId: string, item: Item): ExportedItem {
  const stored = new StoredItem('item', item);
  const sk = stored.text('sk');
  if (sk === accountKey(accountId).sk) {
    const { wrappedKey, sealedCredentials, unproven, ...account } = accountOf(accountId, item);
    // Not the ids of the mails that prove them.
    return {
      item: 'account',
      ...account,
      unproven: unproven.map(({ address, sentAt }) => ({ address, sentAt })),
    };
  }
  if (sk === 'BOOK') return { item: 'address-book', ...addressBookOf(accountId, item) };
  const kind = kindsByPrefix[sk.slice(0, 2)];
  if (kind === undefined) throw new Error('an item of a kind that has no export');
  return kind(accountId, item, stored);
}

type Exporting = (accountId: string, item: Item, stored: StoredItem) => ExportedItem;

const kindsByPrefix: Readonly<Record<string, Exporting>> = {
  [accountPrefixes.session]: (accountId, item, stored) => {
    const { secretHash, ...session } = sessionOf(accountId, sessionIdOf(stored.text('sk')), item);
    return { item: 'device', ...session };
  },
  [accountPrefixes.conversation]: (accountId, item) => ({
    item: 'conversation',
    ...conversationOf(accountId, item),
  }),
  [accountPrefixes.subscription]: (accountId, item) => {
    const { p256dh, auth, validationHash, replacement, ...subscription } = subscriptionOf(accountId, item);
    return {
      item: 'subscription',
      ...subscription,
      replacement: replacement && { endpoint: replacement.endpoint, vapidKeyId: replacement.vapidKeyId },
    };
  },
  'X#': (accountId, item) => {
    const { sealedMail, ...mail } = outgoingOf(accountId, item, undefined);
    return { item: 'outgoing-mail', ...mail };
  },
  'B#': (_, __, stored) => ({ item: 'outgoing-mail-piece', expiresAt: stored.expiresAt() }),
  'I#': (_, __, stored) => ({
    item: 'idempotency-key',
    firstAt: stored.number('fa'),
    reply: stored.optionalText('r'),
    expiresAt: stored.expiresAt(),
  }),
  'R#': (_, __, stored) => ({
    item: 'early-report',
    messageId: stored.text('m'),
    from: stored.texts('f')[0],
    receivedAt: stored.number('ra'),
    expiresAt: stored.expiresAt(),
  }),
  'T#': () => ({ item: 'submission-tokens' }),
};
