import { limits } from '../../core/limits.ts';
import type { FolderCursor } from '../../store/items.ts';
import { getWatch, moveCursor } from '../../store/watch.ts';
import { refreshAddressBook } from '../contacts/refresh-address-book.ts';
import { takeInMails } from '../receive/take-in-mails.ts';
import { type AccountCheck, CursorTaken, type WatchedFolder } from './account-check.ts';
import { compareFolder } from './compare-folder.ts';

/**
 * Compares a folder with its cursor and takes in what is new. Leaves the folder open for reading. Safe to repeat at any
 * point: the cursor moves last, and moving it is the acknowledgement.
 *
 * @returns how many mails were taken in
 * @throws CursorTaken when another worker took the account over meanwhile
 */
export async function checkFolder(check: AccountCheck, folder: WatchedFolder): Promise<number> {
  const status = await check.session.open(folder.path, 'read');
  const { current, plan } = await compareFolder(check, folder.path, status);
  if (folder.role === 'contacts') {
    if (plan.kind !== 'nothing') await takeInContacts(check, folder, current);
    return 0;
  }
  switch (plan.kind) {
    case 'baseline':
      // A folder that appears in a mailbox we know may hold mail that just came; at first sight of a mailbox all is old.
      if (!check.isFirst) return backFill(check, folder, current);
      await acknowledge(check, folder, current);
      check.services.log.info('folder-baselined', { account: check.account.id, role: folder.role });
      return 0;
    case 'reset':
      return backFill(check, folder, current);
    case 'nothing':
      return 0;
    case 'fetch':
      return takeInFrom(check, folder, { uidValidity: status.uidValidity, uidNext: plan.fromUid });
  }
}

/** The address book was changed by another client, or is seen for the first time. No mail in it is a message. */
async function takeInContacts(
  check: AccountCheck,
  folder: WatchedFolder,
  current: FolderCursor,
): Promise<void> {
  const book = await refreshAddressBook(check);
  check.account = { ...check.account, addressBookAt: book?.updatedAt };
  await acknowledge(check, folder, current);
}

/** Takes in what is new in the folder that is open already, without asking for its state first. */
export async function checkOpenFolder(check: AccountCheck, folder: WatchedFolder): Promise<number> {
  const cursor = check.cursors.get(folder.path);
  return cursor ? takeInFrom(check, folder, cursor) : checkFolder(check, folder);
}

async function takeInFrom(check: AccountCheck, folder: WatchedFolder, start: FolderCursor): Promise<number> {
  let count = 0;
  for (let from = start.uidNext; ; ) {
    const mails = await check.session.fetchFrom(from, { limit: limits.fetchBatch });
    const last = mails.at(-1);
    if (last === undefined) return count;
    const kept = await takeInMails(check, mails, { alertReceivedAfter: 0 });
    check.onTaken?.(mails);
    from = last.uid + 1;
    count += mails.length;
    const to = { uidValidity: start.uidValidity, uidNext: from };
    const standing = await acknowledge(check, folder, to, kept);
    if (mails.length < limits.fetchBatch) return count;
    if (standing === 'overtaken') from = await letPass(check, folder, to);
  }
}

/**
 * Somebody else takes in the same mails. Side by side, both would tell of all of them: this one lets the other go ahead,
 * and looks after a while what is left.
 *
 * @returns from where on
 */
async function letPass(check: AccountCheck, { path }: WatchedFolder, to: FolderCursor): Promise<number> {
  const { store, clock } = check.services;
  await clock.sleep(limits.overtakenMs);
  const stored = (await getWatch(store, check.account.id))?.folders[path];
  if (stored?.uidValidity !== to.uidValidity) throw new CursorTaken();
  check.cursors.set(path, stored);
  return stored.uidNext;
}

/**
 * The UIDs of the folder mean nothing any more (new UIDVALIDITY, or UIDNEXT fell as GMX was seen to do, chatmail/core#2188).
 * Mail since the last activity is read again; Message-IDs keep what is known from being counted twice, and only what
 * came within the last minutes alerts, so that a rebuilt mailbox does not ring for its whole history.
 */
async function backFill(check: AccountCheck, folder: WatchedFolder, current: FolderCursor): Promise<number> {
  const { clock, log } = check.services;
  const since = clock.now() - limits.backFillMs;
  const uids = (await check.session.searchSince(since)).filter((uid) => uid < current.uidNext);
  const first = uids.slice(-limits.backFillMails)[0];
  let count = 0;
  let kept = 0;
  for (let from = first; from !== undefined && from < current.uidNext; ) {
    const mails = await check.session.fetchFrom(from, { limit: limits.fetchBatch });
    const last = mails.at(-1);
    if (last === undefined) break;
    const alertReceivedAfter = clock.now() - limits.backFillAlertMs;
    kept += await takeInMails(check, mails, { alertReceivedAfter, isOneOfSeveral: true });
    count += mails.length;
    from = last.uid + 1;
  }
  await acknowledge(check, folder, current, kept);
  log.warn('folder-reset', { account: check.account.id, role: folder.role, mails: count });
  return count;
}

/**
 * Everything in the folder below the new cursor is dealt with. What was kept of it as messages is activity: ordinary mail
 * alone, unless a device asked to be told of it, leaves a mailbox in which nobody chats to be looked into more and more
 * rarely, though newsletters come all day.
 *
 * @returns `overtaken` when somebody else acknowledged some of it first
 * @throws CursorTaken when another worker took the account over meanwhile
 */
export async function acknowledge(
  check: AccountCheck,
  folder: WatchedFolder,
  to: FolderCursor,
  kept = 0,
): Promise<'alone' | 'overtaken'> {
  const { store, clock, news } = check.services;
  const { id } = check.account;
  const keptAt = kept > 0 ? clock.now() : undefined;
  let from = check.cursors.get(folder.path);
  let standing: 'alone' | 'overtaken' = 'alone';
  while ((await moveCursor(store, id, folder.path, from, to, keptAt, check.generation?.())) === 'stale') {
    const stored = (await getWatch(store, id))?.folders[folder.path];
    const progress = progressBeside(from, stored, to);
    if (stored === undefined || progress === 'none') throw new CursorTaken();
    standing = 'overtaken';
    if (progress === 'all') {
      // Further than here, perhaps: what lies below is not to be told of again.
      check.cursors.set(folder.path, stored);
      return standing;
    }
    from = stored;
  }
  check.cursors.set(folder.path, to);
  // The cursor counted it for everybody else.
  if (keptAt !== undefined) news.ring(id);
  return standing;
}

/**
 * How much of the same mail somebody else acknowledged, who looks into the account at the same time: a poll, or the other
 * side of a hand-over. That is no reason to begin anew, which would leave the account without a connection for a while.
 * `none`: the cursor stands where it stood, so that it is the lease that was taken; or it stands where it means something else.
 */
function progressBeside(
  from: FolderCursor | undefined,
  stored: FolderCursor | undefined,
  to: FolderCursor,
): 'none' | 'some' | 'all' {
  if (stored === undefined || stored.uidValidity !== to.uidValidity) return 'none';
  if (from === undefined || from.uidValidity !== to.uidValidity || to.uidNext < from.uidNext)
    return stored.uidNext === to.uidNext ? 'all' : 'none';
  if (stored.uidNext >= to.uidNext) return 'all';
  return stored.uidNext > from.uidNext ? 'some' : 'none';
}
