import { limits } from '../core/limits.ts';
import { openMailSession } from '../imap/mail-session.ts';
import type { Account, Watch } from '../store/items.ts';
import type { AccountCheck, WatchedFolder } from './account-check.ts';
import { mailLogin, openCredentials } from './credentials.ts';
import type { Services } from './services.ts';

/**
 * Connects to an account's mailbox and finds the folders to watch: INBOX, and `<mailbox root>/Chats` where a COI server
 * or client made one.
 *
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openCheck(services: Services, account: Account, watch: Watch): Promise<AccountCheck> {
  const credentials = await openCredentials(services, account);
  const session = await openMailSession(
    mailLogin(account.imap, credentials),
    { guard: services.guard, trust: services.trust },
    { deadlineMs: limits.imapConnectMs },
  );
  try {
    const listed = await session.listFolders();
    const chats = listed.find((folder) => folder.role === 'chats');
    const inbox: WatchedFolder = { path: 'INBOX', role: 'inbox' };
    return {
      services,
      account,
      facts: { addresses: [account.email, ...account.aliases] },
      session,
      folders: chats ? [{ path: chats.path, role: 'chats' }, inbox] : [inbox],
      cursors: new Map(Object.entries(watch.folders)),
    };
  } catch (error) {
    session.close();
    throw error;
  }
}
