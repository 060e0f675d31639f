import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import type { Account, Watch } from '../../store/items.ts';
import { endServerPush, isServerPushLost } from '../mail-server/push-owner.ts';
import { connectMailbox } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';

/**
 * Connects to an account's mailbox and finds the folders to watch. Whoever calls it has asked `circuits` for his turn.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openCheck(
  services: Services,
  account: Account,
  watch: Watch,
  generation?: () => number,
  findFolders = (session: MailSession) => watchedFolders(session),
): Promise<AccountCheck> {
  const session = await connectMailbox(services, account, { deadlineMs: limits.imapConnectMs });
  try {
    const isLost = account.serverPushKey !== undefined && (await isServerPushLost(session));
    return {
      services,
      account: isLost ? await endServerPush(services, account, session.capabilities) : account,
      facts: { addresses: [account.email, ...account.aliases] },
      session,
      folders: await findFolders(session),
      isFirst: Object.keys(watch.folders).length === 0,
      cursors: new Map(Object.entries(watch.folders)),
      filed: watch.filed,
      generation,
    };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** INBOX, and before it what a COI server or client made below the mailbox root: the chats, and the address book. */
export async function watchedFolders(session: MailSession): Promise<WatchedFolder[]> {
  const listed = await session.listNames();
  const coi = (['contacts', 'chats'] as const).flatMap(
    (role) => listed.find((folder) => folder.role === role) ?? [],
  );
  return [...coi.map(({ path, role }) => ({ path, role })), { path: 'INBOX', role: 'inbox' }];
}
