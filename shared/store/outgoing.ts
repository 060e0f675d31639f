import type { Store, Values } from './client.ts';
import type { Outgoing, OutgoingMail } from './items.ts';
import { outgoingKey } from './keys.ts';
import { deleteMailPieces, getMailPieces, isInPieces, nameOfPieces, putMailPieces } from './mail-pieces.ts';
import type { Item } from './stored-item.ts';
import { isExpired, StoredItem, toSeconds } from './stored-item.ts';

/** The states each state may come from. A step from another one is a defect and is never written. */
const allowedBefore: Readonly<Record<Outgoing, readonly Outgoing[]>> = {
  // From `unknown` only by its user's own word.
  queued: ['sending', 'unknown'],
  sending: ['queued', 'partly-refused'],
  // Once sent, what is left is the copy in the mailbox, and whom it did not reach.
  sent: ['sending', 'sent', 'unknown'],
  'partly-refused': ['sending', 'partly-refused', 'unknown'],
  refused: ['queued', 'sending'],
  unknown: ['queued', 'sending', 'unknown'],
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
    // Who gave up one that was trying, before it handed the mail over, must not overlook that it did so since.
    text: `st = :state AND n = :attempts AND ${from.isHandedOver ? 'attribute_exists(ho)' : 'attribute_not_exists(ho)'}`,
    values: { ':state': from.state, ':attempts': from.attempts },
  });
  if (moved && to.sealedMail === undefined && isInPieces(from.sealedMail)) {
    await deleteMailPieces(store, from.accountId, from.sealedMail);
  }
  return moved ? 'moved' : 'stale';
}

/**
 * Notes that the end of a mail is about to go out, by the one who is sending it. `stale` when it is no longer his turn: then
 * it must not go out.
 */
export async function noteHandOver(
  store: Store,
  sending: OutgoingMail,
  notTaken: NonNullable<OutgoingMail['notTaken']>,
): Promise<'noted' | 'stale'> {
  const noted = await store.update(
    outgoingKey(sending.accountId, sending.messageId),
    {
      text: 'SET ho = :yes, nr = :refused, nl = :later',
      values: { ':yes': true, ':refused': notTaken.refused, ':later': notTaken.later },
    },
    {
      text: 'st = :state AND n = :attempts',
      values: { ':state': 'sending', ':attempts': sending.attempts },
    },
  );
  return noted ? 'noted' : 'stale';
}

function itemOf(mail: OutgoingMail): Values {
  return {
    m: mail.messageId,
    c: mail.conversationId,
    mk: mail.messageKey,
    rc: mail.isReceipt || undefined,
    st: mail.state,
    r: mail.recipients,
    lf: mail.left,
    rj: mail.refused,
    cd: mail.code,
    oi: mail.originalId,
    ho: mail.isHandedOver || undefined,
    nr: mail.notTaken?.refused,
    nl: mail.notTaken?.later,
    fi: mail.isFiled || undefined,
    n: mail.attempts,
    nb: mail.notBeforeAt,
    ...(isInPieces(mail.sealedMail) ? { bp: nameOfPieces(mail.sealedMail) } : { b: mail.sealedMail }),
    ca: mail.createdAt,
    expiresAt: toSeconds(mail.expiresAt),
  };
}

export function outgoingOf(accountId: string, item: Item, pieces: string | undefined): OutgoingMail {
  const stored = new StoredItem('outgoing mail', item);
  const code = stored.optionalNumber('cd');
  const originalId = stored.optionalText('oi');
  return {
    accountId,
    messageId: stored.text('m'),
    conversationId: stored.text('c'),
    messageKey: stored.text('mk'),
    ...(stored.flag('rc') ? { isReceipt: true } : {}),
    state: stored.oneOf('st', ['queued', 'sending', 'sent', 'refused', 'partly-refused', 'unknown']),
    recipients: stored.texts('r'),
    ...(item['lf'] === undefined ? {} : { left: stored.texts('lf') }),
    ...(item['rj'] === undefined ? {} : { refused: stored.texts('rj') }),
    ...(code === undefined ? {} : { code }),
    ...(originalId === undefined ? {} : { originalId }),
    ...(stored.flag('ho') ? { isHandedOver: true } : {}),
    ...(item['nr'] === undefined
      ? {}
      : { notTaken: { refused: stored.texts('nr'), later: stored.texts('nl') } }),
    ...(stored.flag('fi') ? { isFiled: true } : {}),
    attempts: stored.number('n'),
    notBeforeAt: stored.number('nb'),
    sealedMail: pieces ?? stored.optionalText('b'),
    createdAt: stored.number('ca'),
    expiresAt: stored.expiresAt(),
  };
}
