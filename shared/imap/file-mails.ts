import type { SearchObject } from 'imapflow';
import { hasExtension } from './capabilities.ts';
import type { LeanClient } from './lean-client.ts';

/**
 * How mails can be taken from one folder to another so that no other mail is touched: by MOVE (RFC 6851), by copying them
 * and expunging just the originals (UIDPLUS, RFC 4315), or not at all.
 */
export type Moving = 'move' | 'copy' | 'never';

/** Where mails lie after they were moved or copied: new UIDs by old ones, of the mails whose new ones the server tells. */
export type NewPlaces = { readonly uidValidity: number; readonly uids: ReadonlyMap<number, number> };

export function movingAt({ capabilities }: LeanClient): Moving {
  if (hasExtension(capabilities, 'MOVE')) return 'move';
  return hasExtension(capabilities, 'UIDPLUS') ? 'copy' : 'never';
}

/** Takes mails of the open folder to another: `moved` there, or `copied` and still here as well. */
export async function takeTo(
  client: LeanClient,
  how: 'move' | 'copy',
  uids: readonly number[],
  folder: string,
): Promise<NewPlaces> {
  const range = uids.join(',');
  const result =
    how === 'move'
      ? await client.messageMove(range, folder, { uid: true })
      : await client.messageCopy(range, folder, { uid: true });
  if (!result) throw client.fault();
  return { uidValidity: Number(result.uidValidity ?? 0), uids: result.uidMap ?? new Map() };
}

/**
 * Mails with `from` <= UID < `before` that may be chats, by the COI rules as far as SEARCH can say them: it finds text
 * anywhere in a field. `read` finds those with `\Seen`, and those that seem to come from one of `own`.
 */
export function chatSearch(
  { from, before }: { readonly from: number; readonly before: number },
  which: { readonly kind: 'any' } | { readonly kind: 'read'; readonly own: readonly string[] },
): SearchObject {
  const uid = `${from}:${before - 1}`;
  const marks: SearchObject = {
    or: [
      { header: { 'chat-version': true } },
      ...['chat$', 'coi$'].flatMap((mark) => [
        { header: { references: mark } },
        { header: { 'message-id': mark } },
      ]),
    ],
  };
  if (which.kind === 'any') return { uid, ...marks };
  return {
    uid,
    or: [{ seen: true, ...marks }, ...which.own.map((address) => ({ from: address, ...marks }))],
  };
}
