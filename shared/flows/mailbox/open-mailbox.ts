import { Fault } from '../../core/faults.ts';
import { Gate } from '../../core/gate.ts';
import { limits } from '../../core/limits.ts';
import { type MailSession, openMailSession, type SessionOptions } from '../../imap/mail-session.ts';
import { providerOf } from '../../providers/provider-table.ts';
import type { Account } from '../../store/items.ts';
import { mailLogin } from '../accounts/credentials.ts';
import { freshLogin } from '../accounts/fresh-login.ts';
import type { SendServices } from '../services.ts';

/** Places for connections to accounts, so many to each as its provider allows. */
export function connectionPlaces(): Gate {
  return new Gate(Number.POSITIVE_INFINITY, 1);
}

/**
 * A connection to an account's mailbox for one request of its owner, who waits for it. The caller closes it. Where many are
 * open already, it waits for a place: what a provider refuses, it refuses to the watch as well, and to other mail programs.
 *
 * @param options.deadlineMs for all from connecting to being logged in
 * @throws Fault `login-refused`, `mail-host-unreachable` or `mail-host-forbidden`
 */
export async function openMailbox(
  services: SendServices,
  account: Account,
  options: Partial<SessionOptions> = {},
): Promise<MailSession> {
  const { host } = account.imap;
  const wait = AbortSignal.timeout(limits.requestImapMs);
  const leave = await services.connections.enter(account.id, wait, placesAt(host));
  if (leave === undefined) throw placesTaken();
  try {
    return await services.circuits.pass(host, () =>
      connectMailbox(services, account, { ...options, onClose: leave }),
    );
  } catch (error) {
    leave();
    throw error;
  }
}

/** A connection that nothing stands before: for watches and polls, which ask `circuits` for their turn themselves. */
export async function connectMailbox(
  services: SendServices,
  account: Account,
  options: Partial<SessionOptions>,
): Promise<MailSession> {
  const { secret, endsAt } = await freshLogin(services, account);
  const session = await openMailSession(
    mailLogin(account.imap, secret),
    { guard: services.guard, trust: services.trust },
    { deadlineMs: limits.requestImapMs, mailboxRoot: account.mailboxRoot, ...options },
  );
  if (endsAt !== undefined) loginEnds.set(session, endsAt);
  return session;
}

const loginEnds = new WeakMap<MailSession, number>();

/** When the access token ends that this connection was made with; undefined for a password, which has no end. */
export function loginEndsAt(session: MailSession): number | undefined {
  return loginEnds.get(session);
}

/** Without the connection of the watch, and the second one that it has during a hand-over. */
function placesAt(host: string): number {
  return Math.max(1, providerOf(host).connectionsPerAccount - 2);
}

function placesTaken(): Fault {
  return new Fault(
    'mail-host-unreachable',
    'Too many requests use this mailbox at the same time. Try again when others are done.',
    { retryAfterSeconds: 5 },
  );
}
