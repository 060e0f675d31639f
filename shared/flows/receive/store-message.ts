import type { FolderCursor, Message, Place } from '../../store/items.ts';
import { getMessage, putNewMessage, setMessagePlace } from '../../store/message.ts';
import { getWatch } from '../../store/watch.ts';
import type { AccountCheck } from '../watch/account-check.ts';

type Cursors = ReadonlyMap<string, FolderCursor>;

/** What goes with the mails that are taken in together. */
export type Storing = {
  /** The cursors as they are stored now. */
  readonly cursorsNow: () => Promise<Cursors>;
};

/** Asks the table when somebody wants to know, once. */
export function storingFor({ services, account }: AccountCheck): Storing {
  let asked: Promise<Cursors> | undefined;
  const ask = async () => {
    const watch = await getWatch(services.store, account.id);
    return new Map(Object.entries(watch?.folders ?? {}));
  };
  return {
    cursorsNow() {
      asked ??= ask();
      return asked;
    },
  };
}

/**
 * Stores one message. `known` means that it is dealt with already, `redo` that it was stored before, but by a check that
 * did not live to move the cursor past it: its push may be missing.
 *
 * @returns with the message as it is stored: clients may have said more of it since
 */
export async function storeMessage(
  check: AccountCheck,
  message: Message,
  storing: Storing,
): Promise<{ readonly fate: 'new' | 'redo' | 'known'; readonly message: Message }> {
  const { services, account } = check;
  if ((await putNewMessage(services.store, message)) === 'new') return { fate: 'new', message };
  const now = services.clock.now();
  const stored = await getMessage(services.store, account.id, message.conversationId, message.key, now);
  if (stored === undefined || message.place === undefined) return { fate: 'redo', message };
  const { place } = message;
  const samePlace =
    stored.place?.folder === place.folder &&
    stored.place.uidValidity === place.uidValidity &&
    stored.place.uid === place.uid;
  const isDone = (stored.own && !samePlace) || (await isAcknowledged(check, storing, stored, place));
  if (!samePlace) {
    // A copy: moved by another client or filter, or our own Sent copy. From now on this is where the mail lies. The cursor
    // here has not passed it yet, and may not for long: that it was acknowledged elsewhere must not be forgotten.
    await setMessagePlace(services.store, stored, isDone ? { ...place, isDone } : place);
  }
  const { kind, silent, movedTo } = stored;
  const told = {
    ...(silent === undefined ? {} : { silent }),
    ...(movedTo === undefined ? {} : { movedTo }),
  };
  return { fate: isDone ? 'known' : 'redo', message: { ...message, kind, ...told } };
}

/**
 * Whether the cursor has passed the place where the message was seen before: only then was its push surely made. What this
 * check remembers of the cursors may be old, when its process stood still or another one is at the same mailbox: before
 * anybody is told again, the table is asked.
 */
async function isAcknowledged(
  check: AccountCheck,
  { cursorsNow }: Storing,
  stored: Message,
  seen: Place,
): Promise<boolean> {
  return isPassed(check.cursors, stored, seen) || isPassed(await cursorsNow(), stored, seen);
}

/**
 * In a folder that was numbered anew, or is new, no mail was passed until its cursor has moved.
 *
 * @param seen where the mail lies now
 */
export function isPassed(cursors: Cursors, { place }: Pick<Message, 'place'>, seen: Place): boolean {
  if (place === undefined || place.isDone === true) return true;
  const cursor = cursors.get(place.folder);
  if (cursor === undefined) return false;
  if (cursor.uidValidity === place.uidValidity) return place.uid < cursor.uidNext;
  return place.folder !== seen.folder || place.uidValidity !== seen.uidValidity;
}
