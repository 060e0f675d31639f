import { randomBytes } from 'node:crypto';
import type { Capabilities } from '../../core/capabilities.ts';
import { Fault } from '../../core/faults.ts';
import { hostNameOf } from '../../core/host-name.ts';
import { limits } from '../../core/limits.ts';
import {
  claimAccountId,
  createAccount,
  findAccountByEmail,
  getAccount,
  updateAccount,
} from '../../store/account.ts';
import { addToAccountTotal, takeFromAccountTotal } from '../../store/count.ts';
import { returnInvite, spendInvite } from '../../store/invite.ts';
import type { Account, HostSettings, Session } from '../../store/items.ts';
import { listSessions, putSession } from '../../store/session.ts';
import { putWatch } from '../../store/watch.ts';
import { accountDigest } from '../changes/account-digest.ts';
import { tellNews } from '../changes/tell-news.ts';
import { startServerPush } from '../mail-server/push-owner.ts';
import { type ServerFacts, withServerFacts } from '../mail-server/server-facts.ts';
import { tellStatus } from '../push/tell-status.ts';
import type { Services } from '../services.ts';
import { lookAnew } from '../watch/look-anew.ts';
import { noteActivity } from '../watch/note-activity.ts';
import { type AdmittedBy, admittedBy, notAdmitted } from './admission.ts';
import { type Credentials, sealCredentials } from './credentials.ts';
import { proveLogins } from './prove-logins.ts';
import { newSession } from './session-token.ts';
import { signOut } from './sign-out.ts';

/** A mailbox that somebody proves to be theirs, and what of it is stored. */
export type Admittance = {
  /** Normalised. */
  readonly email: string;
  readonly credentials: Credentials;
  readonly displayName: string | undefined;
  readonly imap: HostSettings;
  readonly smtp: HostSettings;
  readonly inviteCode: string | undefined;
};

export type SignIn = Admittance & { readonly deviceName: string | undefined };

export type SignedIn = { readonly token: string; readonly session: Session; readonly account: Account };

/**
 * Signs a device in: proves the IMAP and the SMTP login, then stores the account, or refreshes the one that the address
 * has, and makes a session. Nothing is stored before both logins are proven.
 *
 * @throws Fault `not-admitted`, `login-refused`, `mail-host-unreachable`, `mail-host-forbidden`, or `conflict` when the
 * address belongs to an account at another mail server
 */
export async function signIn(services: Services, input: SignIn): Promise<SignedIn> {
  return startSession(services, await admitAccount(services, input), input.deviceName);
}

/** The first half of it: everything but the session. */
export async function admitAccount(services: Services, input: Admittance): Promise<Account> {
  const known = await findAccountByEmail(services.store, input.email);
  const by = await admittedBy(services, input.email, input.inviteCode, known);
  const facts = await proveOwner(services, input, known).catch((error: unknown) => {
    // Whoever is not on the list and has no code learns nothing here of who was invited.
    throw by === 'invite' && input.inviteCode === undefined ? notAdmitted() : error;
  });
  const account = await storeAccount(services, input, facts, by);
  const isServerPush = account.serverPushKey !== undefined;
  if (isServerPush && known?.serverPushKey === undefined) await startServerPush(services, account.id);
  await putWatch(services.store, {
    accountId: account.id,
    host: account.imap.host,
    mode: isServerPush ? 'serverpush' : account.settings.watch,
    // A watch that is there already keeps its own.
    lastActivityAt: account.createdAt,
    folders: {},
  });
  return account;
}

/** The second half: a session for a device of somebody who has proven the account to be theirs. */
export async function startSession(
  services: Services,
  account: Account,
  deviceName: string | undefined,
): Promise<SignedIn> {
  const { token, session } = newSession(account.id, deviceName, services.clock.now());
  await makeRoom(services, account.id);
  await putSession(services.store, session);
  await noteActivity(services, account.id);
  // Wakes a worker, which takes the account up at once instead of at the next tick.
  await lookAnew(services, account.id);
  return { token, session, account };
}

async function proveOwner(
  services: Services,
  input: Admittance,
  known: Account | undefined,
): Promise<ServerFacts> {
  if (known !== undefined) requireSameMailbox(known, input);
  return proveLogins(services, input, input.credentials);
}

/**
 * A login proves the ownership of a mailbox at the server the caller named, and anybody can run a server that takes
 * every password. So an address that has an account is signed in at the mailbox it was first proven with, or not at all.
 */
function requireSameMailbox(known: Account, input: Admittance): void {
  const same =
    hostNameOf(known.imap.host) === hostNameOf(input.imap.host) &&
    known.imap.user === input.imap.user &&
    (known.imap.port === input.imap.port || (isImapPort(known.imap.port) && isImapPort(input.imap.port)));
  if (same) return;
  throw new Fault(
    'conflict',
    'This address has an account here with other IMAP settings. Sign in with those, erase that account on a device that is signed in, or ask who runs this service to erase it.',
  );
}

/** Both are below 1024: on a machine shared by many, only its owner listens there. */
const isImapPort = (port: number) => port === 143 || port === 993;

async function storeAccount(
  services: Services,
  input: Admittance,
  facts: ServerFacts,
  by: AdmittedBy,
): Promise<Account> {
  for (let attempt = 0; attempt < limits.accountWriteAttempts; attempt++) {
    const id = await claimAccountId(services.store, input.email, randomBytes(16).toString('base64url'));
    const stored = await getAccount(services.store, id);
    // Two first sign-ins at once: the other one may have named another server.
    if (stored !== undefined) requireSameMailbox(stored, input);
    const account: Account = {
      ...withServerFacts(stored ?? newAccount(id, input, by, services.clock.now()), facts),
      imap: input.imap,
      smtp: input.smtp,
      displayName: input.displayName ?? stored?.displayName,
      // What the operator paused stays so.
      status: stored?.status === 'paused' ? 'paused' : 'ok',
      ...(await sealCredentials(services, id, input.credentials, stored?.wrappedKey)),
    };
    if (stored !== undefined) {
      if ((await updateAccount(services.store, account)) !== 'written') continue;
      if (accountDigest(account) !== accountDigest(stored)) await tellNews(services, id);
      await tellStatus(services, account, stored.status);
      return account;
    } else if (await makeAccount(services, account, input.inviteCode)) {
      services.log.info('account-created', { account: id });
      return account;
    }
  }
  throw new Fault('conflict', 'The account is being changed by another device. Try again.');
}

/** Takes a place and, where it was needed, a use of the invitation; both go back when the account was not made. */
async function makeAccount(
  { store, admission, clock }: Services,
  account: Account,
  inviteCode: string | undefined,
): Promise<boolean> {
  const code = account.isInvited ? inviteCode : undefined;
  if (code !== undefined && !(await spendInvite(store, code, clock.now()))) throw notAdmitted();
  let isMade = false;
  try {
    if (!(await addToAccountTotal(store, admission.mostAccounts)))
      throw new Fault(
        'limit-reached',
        'This service has as many accounts as it may have. Tell its operator.',
      );
    isMade = (await createAccount(store, account)) === 'created';
    if (!isMade) await takeFromAccountTotal(store);
  } finally {
    if (!isMade && code !== undefined) await returnInvite(store, code);
  }
  return isMade;
}

function newAccount(
  id: string,
  input: Admittance,
  by: AdmittedBy,
  now: number,
): Omit<Account, 'wrappedKey' | 'sealedCredentials'> {
  return {
    id,
    email: input.email,
    aliases: [],
    unproven: [],
    displayName: input.displayName,
    status: 'ok',
    imap: input.imap,
    smtp: input.smtp,
    capabilities: noCapabilities,
    mailboxRoot: undefined,
    serverPushKey: undefined,
    isInvited: by === 'invite',
    settings: {
      messageFilter: 'none',
      readReceipts: 'never',
      unknownSenders: 'all',
      watch: 'auto',
      storePreviews: false,
    },
    createdAt: now,
    addressBookAt: undefined,
    version: 0,
  };
}

const noCapabilities: Capabilities = {
  coi: false,
  webpush: false,
  idle: false,
  condstore: false,
  qresync: false,
  metadata: false,
  notify: false,
};

/** Ends the oldest sessions where the account has as many as it may have. */
async function makeRoom(services: Services, accountId: string): Promise<void> {
  const sessions = await listSessions(services.store, accountId, services.clock.now());
  const oldestFirst = sessions.sort((a, b) => a.createdAt - b.createdAt);
  for (const session of oldestFirst.slice(0, Math.max(0, sessions.length + 1 - limits.sessionsPerAccount))) {
    await signOut(services, session);
  }
}
