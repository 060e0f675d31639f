import type { Store, Values } from './client.ts';
import type { Outgoing, OutgoingMail } from './items.ts';
import { outgoingKey } from './keys.ts';
import { deleteMailPieces, getMailPieces, isInPieces, nameOfPieces, putMailPieces } from './mail-pieces.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** The states each state may come from. A step from another one is a defect and is never written. */
const allowedBefore: Readonly<Record<Outgoing, readonly Outgoing[]>> = {
  queued: ['sending'],
  sending: ['queued'],
  // Once sent, what is left is the copy in the mailbox.
  sent: ['sending', 'sent', 'unknown'],
  'partly-refused': ['sending', 'partly-refused', 'unknown'],
  refused: ['queued', 'sending'],
  unknown: ['queued', 'sending'],
};

/**
 * Records a mail that is to be sent. `exists` when one with its Message-ID was recorded before; pieces that were stored for
 * nothing then expire.
 */
export async function createOutgoing(store: Store, mail: OutgoingMail): Promise<'created' | 'exists'> {
  const { sealedMail } = mail;
  if (isInPieces(sealedMail)) await putMailPieces(store, mail.accountId, sealedMail, mail.expiresAt);
  const created = await store.put(outgoingKey(mail.accountId, mail.messageId), itemOf(mail), {
    text: 'attribute_not_exists(pk)',
  });
  return created ? 'created' : 'exists';
}

export async function getOutgoing(
  store: Store,
  accountId: string,
  messageId: string,
  now: number,
): Promise<OutgoingMail | undefined> {
  const item = await store.get(outgoingKey(accountId, messageId));
  if (item === undefined || isExpired(item, now)) return undefined;
  const name = new StoredItem('outgoing mail', item).optionalText('bp');
  return outgoingOf(accountId, item, name && (await getMailPieces(store, accountId, name)));
}

/**
 * Takes a mail one step on, from what was read to what is to be stored. `stale` when somebody else took a step in
 * between (another state, or another attempt), and then nothing is written.
 *
 * @throws Error for a step between states that is not allowed
 */
export async function moveOutgoing(
  store: Store,
  to: OutgoingMail,
  from: OutgoingMail,
): Promise<'moved' | 'stale'> {
  if (!allowedBefore[to.state].includes(from.state)) {
    throw new Error(`an outgoing mail cannot go from ${from.state} to ${to.state}`);
  }
  const moved = await store.put(outgoingKey(to.accountId, to.messageId), itemOf(to), {
    text: 'st = :state AND n = :attempts',
    values: { ':state': from.state, ':attempts': from.attempts },
  });
  if (moved && to.sealedMail === undefined && isInPieces(from.sealedMail)) {
    await deleteMailPieces(store, from.accountId, from.sealedMail);
  }
  return moved ? 'moved' : 'stale';
}

function itemOf(mail: OutgoingMail): Values {
  return {
    m: mail.messageId,
    c: mail.conversationId,
    mk: mail.messageKey,
    rc: mail.isReceipt || undefined,
    st: mail.state,
    r: mail.recipients,
    n: mail.attempts,
    nb: mail.notBeforeAt,
    ...(isInPieces(mail.sealedMail) ? { bp: nameOfPieces(mail.sealedMail) } : { b: mail.sealedMail }),
    ca: mail.createdAt,
    expiresAt: toSeconds(mail.expiresAt),
  };
}

export function outgoingOf(accountId: string, item: Item, pieces: string | undefined): OutgoingMail {
  const stored = new StoredItem('outgoing mail', item);
  return {
    accountId,
    messageId: stored.text('m'),
    conversationId: stored.text('c'),
    messageKey: stored.text('mk'),
    ...(stored.flag('rc') ? { isReceipt: true } : {}),
    state: stored.oneOf('st', ['queued', 'sending', 'sent', 'refused', 'partly-refused', 'unknown']),
    recipients: stored.texts('r'),
    attempts: stored.number('n'),
    notBeforeAt: stored.number('nb'),
    sealedMail: pieces ?? stored.optionalText('b'),
    createdAt: stored.number('ca'),
    expiresAt: stored.expiresAt(),
  };
}
