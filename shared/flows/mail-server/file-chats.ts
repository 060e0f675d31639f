import { chatRuleOf } from '../../coi/classify.ts';
import { messageIdIn } from '../../coi/message-id.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { FolderCursor } from '../../store/items.ts';
import { setFiled } from '../../store/watch.ts';
import { changeAccount } from '../accounts/change-account.ts';
import type { AccountCheck, WatchedFolder } from '../watch/account-check.ts';
import { checkFolder } from '../watch/check-folder.ts';
import { isOwnMail, moveToChats } from './move-to-chats.ts';
import { OpenInbox } from './open-inbox.ts';

/** Whether we move the account's chat mails, which a COI server would do by itself. */
export function filesChats({ account, session }: AccountCheck): boolean {
  return account.settings.messageFilter !== 'none' && !session.capabilities.coi;
}

/** Whether to look again as soon as the flags of a mail change. */
export function filesWhenSeen(check: AccountCheck): boolean {
  return filesChats(check) && check.account.settings.messageFilter === 'seen';
}

/**
 * The message filter of the COI server spec, for servers that have none: moves the chat mails that were taken in from INBOX
 * to Chats, all of them (`active`) or those that were read (`seen`), and the account's own. Leaves the folder that is waited
 * in open for reading, and compared anew. What a server refuses is tried again at the next check; the watch goes on.
 *
 * @throws CursorTaken, and what a broken connection throws
 */
export async function fileChats(check: AccountCheck): Promise<void> {
  const waiting = check.folders.at(-1);
  if (waiting === undefined || !filesChats(check)) return;
  // The mail that comes while the folder is put back is looked through as well, but not without end.
  for (let round = 0; round < limits.filingRounds; round++) {
    const inbox = new OpenInbox(check, waiting.path);
    const ended = await fileOnce(check, inbox).catch((error: unknown) => {
      if (!(error instanceof Fault)) throw error;
      check.services.log.warn('filing-failed', { account: check.account.id, cause: error.code });
      return 'failed' as const;
    });
    if (!inbox.isTouched) return;
    const came = await checkFolder(check, waiting);
    if (ended === 'failed' || came === 0) return;
  }
}

async function fileOnce(check: AccountCheck, inbox: OpenInbox): Promise<void> {
  const chats = check.folders.find(({ role }) => role === 'chats');
  if (chats === undefined) return turnOffWithoutChats(check);
  const cursor = check.cursors.get('INBOX');
  if (cursor === undefined) return;
  if (check.filed?.uidValidity !== cursor.uidValidity) {
    // Nothing tells what is new of a folder that was numbered anew: what lies there stays there.
    return note(check, cursor);
  }
  if (check.filed.uidNext >= cursor.uidNext) return;
  const range = { from: check.filed.uidNext, before: cursor.uidNext };
  if (check.account.settings.messageFilter === 'active') await fileAll(check, inbox, chats, range);
  else await fileRead(check, inbox, chats, range);
}

/** UIDs of INBOX, all taken in already: the push and the count of each are made. */
type Range = { readonly from: number; readonly before: number };

async function fileAll(
  check: AccountCheck,
  inbox: OpenInbox,
  chats: WatchedFolder,
  range: Range,
): Promise<void> {
  for (let from = range.from, batch = 0; from < range.before && batch < limits.filingBatches; batch++) {
    await inbox.open('read');
    const fetched = await check.session.fetchFrom(from, { limit: limits.fetchBatch });
    const mails = fetched.filter(({ uid }) => uid < range.before);
    await moveToChats(check, inbox, chats, mails.filter(isFiled));
    const last = mails.length < limits.fetchBatch ? undefined : mails.at(-1);
    from = last === undefined ? range.before : last.uid + 1;
    await note(check, { uidValidity: inbox.uidValidity, uidNext: from });
  }
}

async function fileRead(
  check: AccountCheck,
  inbox: OpenInbox,
  chats: WatchedFolder,
  range: Range,
): Promise<void> {
  const { session } = check;
  await inbox.open('read');
  const own = check.facts.addresses.slice(0, limits.ownAddressesSearched);
  const found = await session.searchChats(range, { kind: 'read', own });
  const others = new Set<number>();
  const looked = found.slice(0, limits.filingBatches * limits.fetchBatch);
  for (let start = 0; start < looked.length; start += limits.fetchBatch) {
    await inbox.open('read');
    const mails = await session.fetchEach(looked.slice(start, start + limits.fetchBatch));
    for (const mail of mails) if (!isFiled(mail)) others.add(mail.uid);
    const isDue = (mail: ReceivedMail) => isSeen(mail) || isOwnMail(check, mail);
    await moveToChats(
      check,
      inbox,
      chats,
      mails.filter((mail) => isFiled(mail) && isDue(mail)),
    );
  }
  if (found.length === 0 && range.before - range.from < limits.filingAhead) return;
  // Asked after the moves: a mail that is read just now is still in this answer, and so not passed over.
  await inbox.open('read');
  const left = (await session.searchChats(range, { kind: 'any' })).filter((uid) => !others.has(uid));
  const uidNext = left[0] ?? range.before;
  if (uidNext > range.from) await note(check, { uidValidity: inbox.uidValidity, uidNext });
}

/**
 * A chat mail by the rules of the COI specs. One without a Message-ID stays: its copy would be taken for another mail. So
 * do drafts.
 */
function isFiled(mail: ReceivedMail): boolean {
  const isDraft = mail.flags.some((flag) => flag.toLowerCase() === '\\draft');
  return chatRuleOf(mail) !== undefined && messageIdIn(mail.header) !== undefined && !isDraft;
}

function isSeen(mail: ReceivedMail): boolean {
  return mail.flags.some((flag) => flag.toLowerCase() === '\\seen');
}

/** Moves last: what lies below it is not looked at again. */
async function note(check: AccountCheck, to: FolderCursor): Promise<void> {
  await setFiled(check.services.store, check.account.id, to);
  check.filed = to;
}

/**
 * To delete Chats, or to rename it into Trash, is the way of a mail program to switch the filter off (COI server spec,
 * "Indirectly Disabling and Enabling COI"). One listing may have gone wrong, so it is asked for again.
 */
async function turnOffWithoutChats(check: AccountCheck): Promise<void> {
  if ((await check.session.listNames()).some(({ role }) => role === 'chats')) return;
  check.account = await changeAccount(check.services, check.account.id, (stored) => ({
    ...stored,
    settings: { ...stored.settings, messageFilter: 'none' },
  }));
  check.services.log.info('filing-ended', { account: check.account.id });
}
