import { limits } from '../core/limits.ts';
import type { Store, Values } from './client.ts';
import type { Conversation } from './items.ts';
import {
  accountPk,
  accountPrefixes,
  conversationIdOf,
  conversationKey,
  packMessageKeys,
  unpackMessageKeys,
} from './keys.ts';
import { addressesOf, addressPair } from './stored-address.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

export async function getConversation(
  store: Store,
  accountId: string,
  id: string,
  now: number,
): Promise<Conversation | undefined> {
  const item = await store.get(conversationKey(accountId, id));
  return item && !isExpired(item, now) ? conversationOf(accountId, item) : undefined;
}

/** All conversations of an account, in no order: an index by activity would cost two more writes per message. */
export async function listConversations(
  store: Store,
  accountId: string,
  now: number,
): Promise<Conversation[]> {
  const items = await store.query({
    pk: accountPk(accountId),
    range: { text: 'begins_with(sk, :kind)', values: { ':kind': accountPrefixes.conversation } },
    consistent: true,
  });
  return items.filter((item) => !isExpired(item, now)).map((item) => conversationOf(accountId, item));
}

/**
 * Writes a conversation over the one that was read: `version` is the version that was read, 0 for a new one; the stored
 * one has the next. `stale` when somebody else wrote in between, and then nothing is written.
 */
export async function putConversation(
  store: Store,
  conversation: Conversation,
  now: number,
): Promise<'written' | 'stale'> {
  const written = await store.put(
    conversationKey(conversation.accountId, conversation.id),
    itemOf(conversation, now + limits.conversationKeptMs),
    conversation.version === 0
      ? { text: 'attribute_not_exists(pk) OR expiresAt <= :now', values: { ':now': Math.floor(now / 1000) } }
      : { text: 'w = :read', values: { ':read': conversation.version } },
  );
  return written ? 'written' : 'stale';
}

/**
 * Counts a change of one of its messages that is none of the conversation itself, so that clients look at them again. Does
 * nothing when the conversation is gone.
 */
export async function touchConversation(
  store: Store,
  accountId: string,
  id: string,
  at: number,
): Promise<void> {
  const key = conversationKey(accountId, id);
  const isOlder = { text: 'attribute_exists(pk) AND ua < :at', values: { ':at': at } };
  if (await store.update(key, { text: 'SET w = w + :one, ua = :at', values: { ':one': 1 } }, isOlder)) return;
  // Another clock is ahead: the time never goes back, and the count tells.
  await store.update(
    key,
    { text: 'SET w = w + :one', values: { ':one': 1 } },
    { text: 'attribute_exists(pk)' },
  );
}

function itemOf(conversation: Conversation, expiresAt: number): Values {
  const { lastMessage } = conversation;
  return {
    k: conversation.kind,
    t: conversation.title,
    p: conversation.participants.flatMap(addressPair),
    g: conversation.groupId,
    u: conversation.unread,
    mu: conversation.mutedUntil,
    mo: conversation.mentionOnly || undefined,
    an: conversation.answered,
    n: conversation.namedBy,
    s: conversation.seenUpTo,
    l: lastMessage && {
      k: lastMessage.key,
      f: lastMessage.from,
      a: lastMessage.at,
      t: lastMessage.kind,
      p: lastMessage.preview,
    },
    pi: conversation.pinned && { k: conversation.pinned.key, u: conversation.pinned.until },
    wa: conversation.waiting.length === 0 ? undefined : conversation.waiting,
    r: packMessageKeys(conversation.recent),
    ua: conversation.updatedAt,
    w: conversation.version + 1,
    expiresAt: toSeconds(expiresAt),
  };
}

export function conversationOf(accountId: string, item: Item): Conversation {
  const stored = new StoredItem('conversation', item);
  const last = stored.optionalMap('l');
  const pinned = stored.optionalMap('pi');
  return {
    accountId,
    id: conversationIdOf(stored.text('sk')),
    kind: stored.oneOf('k', ['direct', 'group', 'list']),
    title: stored.text('t'),
    participants: addressesOf(stored.texts('p')),
    groupId: stored.optionalText('g'),
    unread: stored.number('u'),
    mutedUntil: stored.optionalNumber('mu'),
    mentionOnly: stored.flag('mo'),
    ...(stored.flag('an') ? { answered: true } : {}),
    namedBy: stored.optionalText('n'),
    seenUpTo: stored.optionalText('s'),
    lastMessage: last && {
      key: last.text('k'),
      from: last.text('f'),
      at: last.number('a'),
      kind: last.text('t'),
      preview: last.optionalText('p'),
    },
    pinned: pinned && { key: pinned.text('k'), until: pinned.optionalNumber('u') },
    waiting: stored.texts('wa'),
    recent: unpackMessageKeys(stored.bytes('r')),
    updatedAt: stored.number('ua'),
    version: stored.number('w'),
  };
}
