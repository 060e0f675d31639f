import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { MailSession } from '../../imap/mail-session.ts';
import { verifySubmission } from '../../smtp/verify-submission.ts';
import { getAccount } from '../../store/account.ts';
import type { Account, Watch } from '../../store/items.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import { getWatch } from '../../store/watch.ts';
import { mailLogin, openCredentials } from '../accounts/credentials.ts';
import { freshLogin } from '../accounts/fresh-login.ts';
import { connectMailbox } from '../mailbox/open-mailbox.ts';
import type { Services } from '../services.ts';
import { modeNow } from '../watch/mode-now.ts';

/** One step of a check, in words for an operator: never an address, a host or a password. */
export type CheckStep = { readonly step: string; readonly isGood: boolean; readonly says: string };

/**
 * Does what watching and sending do for one account, step by step, and changes nothing. Ends at the first step that makes
 * the next ones pointless.
 */
export async function* checkSteps(services: Services, accountId: string): AsyncGenerator<CheckStep> {
  const account = await getAccount(services.store, accountId);
  const watch = await getWatch(services.store, accountId);
  if (account === undefined || watch === undefined) {
    yield bad('account', 'there is none with this id, or it is being erased');
    return;
  }
  const mode = modeNow(account.status, watch, services.hostWatch, services.clock.now());
  yield good('account', `status ${account.status}, watched by ${mode}`);
  yield await attempt('password', async () => {
    await openCredentials(services, account);
    return 'can be unsealed';
  });
  yield* mailboxSteps(services, account, watch);
  yield await attempt('sending', async () => {
    const login = mailLogin(account.smtp, (await freshLogin(services, account)).secret);
    await verifySubmission(login, services, { deadlineMs: limits.signInProofMs });
    return 'the submission server takes the login';
  });
  yield await attempt('devices', async () => {
    const active = await listActiveSubscriptions(services.store, accountId, services.clock.now());
    return `${active.length} validated subscriptions`;
  });
}

async function* mailboxSteps(services: Services, account: Account, watch: Watch): AsyncGenerator<CheckStep> {
  let session: MailSession | undefined;
  try {
    const opening = await attempt('mailbox', async () => {
      session = await connectMailbox(services, account, { deadlineMs: limits.imapConnectMs });
      return 'the mail server takes the login';
    });
    yield opening;
    if (session === undefined) return;
    const opened = session;
    for (const [path, cursor] of Object.entries(watch.folders)) {
      // A name of the user's own tells something about them; those of every mailbox do not.
      const name = /^inbox$/i.test(path) ? 'INBOX' : 'a folder below the mailbox root';
      yield await attempt(name, async () => {
        const { uidValidity, uidNext } = await opened.status(path);
        if (uidValidity !== cursor.uidValidity) return 'was made anew since it was last looked at';
        const behind = (uidNext ?? cursor.uidNext) - cursor.uidNext;
        return behind <= 0 ? 'nothing new' : `${behind} mails or more are not taken in yet`;
      });
    }
  } finally {
    session?.close();
  }
}

const good = (step: string, says: string): CheckStep => ({ step, isGood: true, says });
const bad = (step: string, says: string): CheckStep => ({ step, isGood: false, says });

async function attempt(step: string, work: () => Promise<string>): Promise<CheckStep> {
  try {
    return good(step, await work());
  } catch (error) {
    const says = error instanceof Fault ? `${error.code}: ${error.message}` : 'went wrong here';
    return bad(step, error instanceof Error && !(error instanceof Fault) ? `${says} (${error.name})` : says);
  }
}
