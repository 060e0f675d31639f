import type { MessageFold } from '../coi/kept-message.ts';
import { limits } from '../core/limits.ts';
import type { Expression, Store } from './client.ts';
import type { Message, Outgoing, OutgoingMail, Place, Undelivered } from './items.ts';
import { conversationPk, type Key, messageKeyOf } from './keys.ts';
import { itemOfMessage, messageOf, placeValue } from './message-item.ts';
import { foldNames, foldValues, undeliveredValue } from './message-parts.ts';
import { isExpired, StoredItem } from './stored-item.ts';

/** A message, or the outgoing mail that is one. */
export type MessageName =
  | Pick<Message, 'accountId' | 'conversationId' | 'key'>
  | Pick<OutgoingMail, 'accountId' | 'conversationId' | 'messageKey'>;

/** Stores a message's metadata once. `known` when it is there already, and then nothing is written. */
export async function putNewMessage(store: Store, message: Message): Promise<'new' | 'known'> {
  const isNew = await store.put(
    messageKeyOf(message.accountId, message.conversationId, message.key),
    itemOfMessage(message),
    { text: 'attribute_not_exists(pk)' },
  );
  return isNew ? 'new' : 'known';
}

export async function getMessage(
  store: Store,
  accountId: string,
  conversationId: string,
  key: string,
  now: number,
): Promise<Message | undefined> {
  const item = await store.get(messageKeyOf(accountId, conversationId, key));
  return item && !isExpired(item, now) ? messageOf(accountId, conversationId, item) : undefined;
}

export type MessagePage = {
  readonly limit: number;
  /** Keys that the page lies between, without these; undefined for no end. */
  readonly before: string | undefined;
  readonly after?: string | undefined;
  readonly now: number;
};

/**
 * One page of a conversation, newest first. `next` is the `before` of the next page; undefined at the end. A page may
 * hold fewer messages than asked for, because expired ones are left out.
 */
export async function listMessages(
  store: Store,
  accountId: string,
  conversationId: string,
  page: MessagePage,
): Promise<{ messages: Message[]; next: string | undefined }> {
  const { before, after = '0', limit, now } = page;
  // DynamoDB refuses such a range instead of finding nothing in it.
  if (before !== undefined && before <= after) return { messages: [], next: undefined };
  const items = await store.query({
    pk: conversationPk(accountId, conversationId),
    // BETWEEN takes both ends, which are left out below; '0' sorts before every key.
    range:
      before === undefined
        ? { text: 'sk > :after', values: { ':after': after } }
        : { text: 'sk BETWEEN :after AND :before', values: { ':after': after, ':before': before } },
    newestFirst: true,
    limit: limit + 2,
    consistent: true,
  });
  const found = items
    .map((item) => messageOf(accountId, conversationId, item))
    .filter(({ key }) => key !== before && key !== after);
  const messages = found.slice(0, limit);
  return {
    messages: messages.filter((message) => message.expiresAt > now),
    next: found.length <= limit ? undefined : messages.at(-1)?.key,
  };
}

/**
 * The same of what is shown: without edits that were applied, reactions and reports. Reads on where those fill a page, but
 * not for ever: a page may hold fewer messages than asked for, and there be a next one.
 */
export async function listShownMessages(
  store: Store,
  accountId: string,
  conversationId: string,
  page: MessagePage,
): Promise<{ messages: Message[]; next: string | undefined }> {
  const shown: Message[] = [];
  let before = page.before;
  for (let reads = 0; reads < limits.pageReads; reads++) {
    const { messages, next } = await listMessages(store, accountId, conversationId, { ...page, before });
    shown.push(...messages.filter(({ fold }) => !fold.hidden));
    if (shown.length > page.limit)
      return { messages: shown.slice(0, page.limit), next: shown[page.limit - 1]?.key };
    before = next;
    if (next === undefined || shown.length === page.limit) break;
  }
  return { messages: shown, next: before };
}

/** Messages with keys above `after` (undefined: from the first) up to and with `upTo`, newest first, at most `limit`. */
export async function listMessagesBetween(
  store: Store,
  accountId: string,
  conversationId: string,
  range: {
    readonly after: string | undefined;
    readonly upTo: string;
    readonly limit: number;
    readonly now: number;
  },
): Promise<Message[]> {
  // DynamoDB refuses such a range instead of finding nothing in it.
  if (range.after !== undefined && range.after >= range.upTo) return [];
  const items = await store.query({
    pk: conversationPk(accountId, conversationId),
    // BETWEEN takes both ends; `after` itself is left out below, and '0' sorts before every key.
    range: {
      text: 'sk BETWEEN :after AND :upTo',
      values: { ':after': range.after ?? '0', ':upTo': range.upTo },
    },
    newestFirst: true,
    limit: range.limit + 1,
    consistent: true,
  });
  return items
    .filter((item) => !isExpired(item, range.now))
    .map((item) => messageOf(accountId, conversationId, item))
    .filter((message) => message.key !== range.after)
    .slice(0, range.limit);
}

/** Notes where the mail lies now, and whether it is dealt with. Does nothing when the message is gone. */
export async function setMessagePlace(store: Store, message: MessageName, place: Place): Promise<void> {
  await updateWithCopy(store, message, { text: 'SET l = :place', values: { ':place': placeValue(place) } });
}

/**
 * Notes how far the sending of a message is. Does nothing when the message is gone.
 *
 * @returns the conversation that shows it
 */
export function setMessageOutgoing(
  store: Store,
  message: MessageName,
  outgoing: Outgoing,
  undelivered?: Undelivered,
): Promise<string> {
  return updateWithCopy(
    store,
    message,
    undelivered === undefined
      ? { text: 'SET o = :outgoing REMOVE ud', values: { ':outgoing': outgoing } }
      : {
          text: 'SET o = :outgoing, ud = :undelivered',
          values: { ':outgoing': outgoing, ':undelivered': undeliveredValue(undelivered) },
        },
  );
}

/** Of one that was moved to another conversation, both are changed: the one that its mail is known by, and what is shown. */
async function updateWithCopy(store: Store, message: MessageName, change: Expression): Promise<string> {
  const { accountId, conversationId } = message;
  const key = keyOf(message);
  const isHere = { text: 'attribute_exists(pk) AND attribute_not_exists(mt)' };
  if (await store.update(key, change, isHere)) return conversationId;
  const item = await store.get(key);
  const movedTo = item && new StoredItem('message', item).optionalText('mt');
  if (movedTo === undefined) return conversationId;
  const isThere = { text: 'attribute_exists(pk)' };
  await store.update(key, change, isThere);
  await store.update(messageKeyOf(accountId, movedTo, key.sk), change, isThere);
  return movedTo;
}

/**
 * Notes what other messages made of one. `version` is that of the conversation it was made from: what was made from an
 * older one is not written over what was made from a newer.
 */
export async function setMessageFold(
  store: Store,
  message: MessageName,
  fold: MessageFold,
  version: number,
): Promise<void> {
  const values = foldValues(fold);
  const set = foldNames.filter((name) => values[name] !== undefined);
  const remove = foldNames.filter((name) => values[name] === undefined);
  await store.update(
    keyOf(message),
    {
      text: `SET fv = :version${set.map((name) => `, ${name} = :${name}`).join('')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`,
      values: { ':version': version, ...Object.fromEntries(set.map((name) => [`:${name}`, values[name]])) },
    },
    { text: 'attribute_exists(pk) AND (attribute_not_exists(fv) OR fv <= :version)' },
  );
}

function keyOf(message: MessageName): Key {
  const key = 'key' in message ? message.key : message.messageKey;
  return messageKeyOf(message.accountId, message.conversationId, key);
}
