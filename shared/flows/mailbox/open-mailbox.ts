import { limits } from '../../core/limits.ts';
import { type MailSession, openMailSession, type SessionOptions } from '../../imap/mail-session.ts';
import type { Account } from '../../store/items.ts';
import { mailLogin, openCredentials } from '../accounts/credentials.ts';
import type { SendServices } from '../services.ts';

/**
 * A connection to an account's mailbox, by default for one request of its owner, who waits for it. The caller closes it.
 *
 * @param options.deadlineMs for all from connecting to being logged in
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openMailbox(
  services: SendServices,
  account: Account,
  options: Partial<SessionOptions> = {},
): Promise<MailSession> {
  return openMailSession(
    mailLogin(account.imap, await openCredentials(services, account)),
    { guard: services.guard, trust: services.trust },
    { deadlineMs: limits.requestImapMs, mailboxRoot: account.mailboxRoot, ...options },
  );
}
