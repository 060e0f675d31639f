import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation } from '../../store/conversation.ts';
import type { Message } from '../../store/items.ts';
import { noteSeen, unreadBetween } from '../conversations/note-seen.ts';
import { tellSeen } from '../push/tell-seen.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';

/** Remembers, for as long as the connection lasts, what is to be taken back once it was read: the newest of it. */
export function rememberTold(check: AccountCheck, messages: readonly Message[]): void {
  const told = messages.flatMap(({ place, conversationId }) =>
    place === undefined ? [] : [{ ...place, conversationId }],
  );
  if (told.length > 0) check.told = [...(check.told ?? []), ...told].slice(-limits.toldRemembered);
}

/** Whether to look as soon as the flags of a mail change. */
export function minds({ told = [] }: AccountCheck, { path }: WatchedFolder): boolean {
  return told.some(({ folder }) => folder === path);
}

/**
 * Looks in the open folder what other clients have read of the mails that devices were told of. A conversation counts as
 * read up to the last message before which all are read. Two round trips where something was read, else one.
 */
export async function noteReadElsewhere(check: AccountCheck, { path }: WatchedFolder): Promise<void> {
  const { uidValidity } = check.cursors.get(path) ?? {};
  const here = (check.told ?? []).filter((each) => each.folder === path && each.uidValidity === uidValidity);
  if (here.length === 0) return;
  const seen = new Set(await check.session.searchSeen(here.map(({ uid }) => uid)));
  const read = here.filter(({ uid }) => seen.has(uid));
  for (const id of new Set(read.map(({ conversationId }) => conversationId)))
    await noteConversation(check, path, id);
  check.told = (check.told ?? []).filter((each) => !read.includes(each));
}

async function noteConversation(check: AccountCheck, path: string, id: string): Promise<void> {
  const { services, account, session } = check;
  const now = services.clock.now();
  const conversation = await getConversation(services.store, account.id, id, now);
  if (conversation === undefined) return;
  const unread = (await unreadBetween(services, conversation, conversation.seenUpTo, '~')).reverse();
  const uids = unread.flatMap(({ place }) => (place?.folder === path ? [place.uid] : []));
  if (uids.length === 0) return;
  const seen = new Set(await session.searchSeen(uids));
  const firstLeft = unread.findIndex(({ place }) => place?.folder !== path || !seen.has(place.uid));
  const upTo = unread[(firstLeft === -1 ? unread.length : firstLeft) - 1]?.key;
  if (upTo === undefined) return;
  const noted = await noteSeen(services, conversation, upTo).catch(undefinedIfGone);
  // Somebody else may have noted it: then he told.
  if (noted?.kind === 'noted') await tellSeen(services, noted.conversation);
}

/** A conversation that is erased, or changes without end, is not worth the connection. */
function undefinedIfGone(error: unknown): undefined {
  if (error instanceof Fault && (error.code === 'not-found' || error.code === 'conflict')) return undefined;
  throw error;
}
