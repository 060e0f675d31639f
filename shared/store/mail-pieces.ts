import { createHash } from 'node:crypto';
import { limits } from '../core/limits.ts';
import type { Store } from './client.ts';
import { accountPk, mailPieceKey, mailPiecesOf } from './keys.ts';
import { StoredItem, toSeconds } from './stored-item.ts';

/**
 * Sealed mails that are too large for the item of their outgoing mail. Apart from it they are written once, and not with
 * each step of it. They are named after what they hold, so that pieces of two attempts never mix.
 */
export async function putMailPieces(
  store: Store,
  accountId: string,
  sealedMail: string,
  expiresAt: number,
): Promise<void> {
  const name = nameOfPieces(sealedMail);
  for (const [index, piece] of piecesOf(sealedMail).entries()) {
    await store.put(mailPieceKey(accountId, name, index), { b: piece, expiresAt: toSeconds(expiresAt) });
  }
}

/** The sealed mail, or undefined when a piece of it is gone. */
export async function getMailPieces(
  store: Store,
  accountId: string,
  name: string,
): Promise<string | undefined> {
  const items = await store.query({
    pk: accountPk(accountId),
    range: { text: 'begins_with(sk, :beginning)', values: { ':beginning': mailPiecesOf(name) } },
    consistent: true,
  });
  const sealedMail = items.map((item) => new StoredItem('mail piece', item).text('b')).join('');
  return nameOfPieces(sealedMail) === name ? sealedMail : undefined;
}

export async function deleteMailPieces(store: Store, accountId: string, sealedMail: string): Promise<void> {
  const name = nameOfPieces(sealedMail);
  await store.deleteAll(piecesOf(sealedMail).map((_, index) => mailPieceKey(accountId, name, index)));
}

export function isInPieces(sealedMail: string | undefined): sealedMail is string {
  return sealedMail !== undefined && sealedMail.length > limits.storeInlineCharacters;
}

export function nameOfPieces(sealedMail: string): string {
  return createHash('sha256').update(sealedMail).digest('base64url');
}

/** Sealed mails are ASCII: a character is a byte. */
function piecesOf(sealedMail: string): string[] {
  const size = limits.storePieceCharacters;
  return Array.from({ length: Math.ceil(sealedMail.length / size) }, (_, index) =>
    sealedMail.slice(index * size, (index + 1) * size),
  );
}
