import { parseMessageIds } from '../../coi/message-id.ts';
import { readMail } from '../../coi/read-mail.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { providerOf } from '../../providers/provider-table.ts';
import type { Account, FolderCursor } from '../../store/items.ts';
import { homeOfSent } from '../receive/place-reports.ts';
import { takeInMails } from '../receive/take-in-mails.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { acknowledge } from './check-folder.ts';
import { compareFolder } from './compare-folder.ts';
import { mailboxOf, type RememberedSpam, remembered } from './remembered.ts';

/**
 * Looks into the folders for spam, at most every `everyMs` in each process, for answers to chats of the account itself: a
 * server that was never heard of before is easily taken for a spammer's. They are taken in like mail of any other folder;
 * everything else there is passed over without a trace. Leaves another folder open.
 *
 * What goes wrong is noted and tried again a day later: no mailbox is to go unwatched over its spam.
 *
 * @throws CursorTaken when another worker took the account over meanwhile
 */
export async function checkSpam(check: AccountCheck, everyMs: number): Promise<void> {
  const { services, account } = check;
  const memory = remembered(services, account.id);
  const now = services.clock.now();
  const known = memory.spam?.of === mailboxOf(account) ? memory.spam : nothingKnown(account);
  if (now - known.lookedAt < everyMs) return;
  try {
    const isFresh = now - known.foundAt < limits.spamFoldersMs;
    const spam = { ...known, ...(isFresh ? {} : await findFolders(check)), lookedAt: now };
    memory.spam = spam;
    for (const path of spam.paths) await lookInto(check, { path, role: 'junk' }, spam.seen);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // By then the folder may be another one.
    memory.spam = { ...known, foundAt: 0, lookedAt: now + limits.spamFailedMs - everyMs };
    services.log.warn('spam-not-read', { account: account.id, cause: error.code });
  }
}

async function findFolders({
  session,
  services,
  account,
  folders,
}: AccountCheck): Promise<Pick<RememberedSpam, 'paths' | 'foundAt'>> {
  const found = await session.spamFolders(providerOf(account.imap.host).spamFolders);
  const isWatched = (path: string) => folders.some((folder) => folder.path === path);
  const paths = found.filter((path) => !isWatched(path)).slice(0, limits.spamFolders);
  return { paths, foundAt: services.clock.now() };
}

/** From the newest that was looked at, in this process or by what is stored. At first sight, all there is old. */
async function lookInto(
  check: AccountCheck,
  folder: WatchedFolder,
  seen: Map<string, FolderCursor>,
): Promise<void> {
  const status = await check.session.open(folder.path, 'read');
  const { current, plan } = await compareFolder(check, folder.path, status);
  const { uidValidity, uidNext } = current;
  if (plan.kind === 'nothing') return;
  if (plan.kind !== 'fetch') {
    await acknowledge(check, folder, current);
    return;
  }
  const last = seen.get(folder.path);
  const from = last?.uidValidity === uidValidity ? Math.max(plan.fromUid, last.uidNext) : plan.fromUid;
  const kept = from < uidNext ? await takeInAnswers(check, { from, before: uidNext }) : undefined;
  seen.set(folder.path, current);
  if (kept === undefined && uidNext - plan.fromUid <= limits.spamUnstored) return;
  await acknowledge(check, folder, current, kept);
}

/** @returns how many messages were kept that were not known before; undefined when there was no answer at all */
async function takeInAnswers(
  check: AccountCheck,
  range: { readonly from: number; readonly before: number },
): Promise<number | undefined> {
  const { session } = check;
  const from = Math.max(range.from, range.before - limits.spamSearched);
  const found = await session.searchChats({ from, before: range.before }, { kind: 'any' });
  const uids = found.slice(-limits.spamRead);
  const options = { alertReceivedAfter: 0, isOneOfSeveral: uids.length > limits.fetchBatch };
  let kept: number | undefined;
  for (let start = 0; start < uids.length; start += limits.fetchBatch) {
    const mails = await session.fetchEach(uids.slice(start, start + limits.fetchBatch));
    const answers: ReceivedMail[] = [];
    for (const mail of mails) if (await isAnswer(check, mail)) answers.push(mail);
    if (answers.length === 0) continue;
    kept = (kept ?? 0) + (await takeInMails(check, answers, options));
  }
  return kept;
}

async function isAnswer({ services, account, facts }: AccountCheck, mail: ReceivedMail): Promise<boolean> {
  if (readMail(mail, facts).class !== 'chat') return false;
  const named = ['in-reply-to', 'references'].flatMap((field) =>
    parseMessageIds(mail.header.first(field)).reverse(),
  );
  const ids = [...new Set(named)].slice(0, limits.spamAnswered);
  for (const id of ids) if (await homeOfSent(services, account.id, id)) return true;
  return false;
}

function nothingKnown(account: Account): RememberedSpam {
  return { of: mailboxOf(account), paths: [], foundAt: 0, lookedAt: 0, seen: new Map() };
}
