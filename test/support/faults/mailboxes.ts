import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealCredentials } from '../../../shared/flows/accounts/credentials.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { lookAnew } from '../../../shared/flows/watch/look-anew.ts';
import { createAccount, getAccount, updateAccount } from '../../../shared/store/account.ts';
import type { Account } from '../../../shared/store/items.ts';
import { putWatch } from '../../../shared/store/watch.ts';
import type { MailServers } from '../dovecot.ts';
import { withMailbox } from '../mailbox-client.ts';
import type { Device, PushService } from '../push-service.ts';
import { exampleAccount } from '../store-examples.ts';
import { activeSubscription } from '../watched-account.ts';

export type Mailbox = {
  readonly index: number;
  readonly account: Account;
  readonly device: Device;
  /** Whether its chats are moved to COI/Chats. */
  readonly isFiled: boolean;
};

export type MailboxPlan = {
  readonly index: number;
  readonly imapPort: number;
  readonly isPolled: boolean;
  readonly isFiled: boolean;
};

/** What happens to mailboxes at the mail server itself, and what their owners do then. */
export class MailboxOwners {
  readonly #mail: MailServers;
  readonly #passwordFile: string;
  readonly #passwords = new Map<string, string>();

  /** @param passwordFile which the mail server reads */
  constructor(mail: MailServers, passwordFile: string) {
    this.#mail = mail;
    this.#passwordFile = passwordFile;
  }

  passwordOf(email: string): string {
    return this.#passwords.get(email) ?? '';
  }

  setPasswords(emails: readonly string[], password: string): void {
    for (const email of emails) this.#passwords.set(email, password);
    const lines = [...this.#passwords].map(([email, each]) => `${email}:{PLAIN}${each}\n`);
    // In one step: a file that is half written would refuse everybody.
    writeFileSync(`${this.#passwordFile}.new`, lines.join(''), { mode: 0o644 });
    renameSync(`${this.#passwordFile}.new`, this.#passwordFile);
  }

  /** The owner signs in again with what the password is now. */
  async signInAgain(services: Services, { account }: Mailbox): Promise<void> {
    const password = this.passwordOf(account.email);
    for (let result = ''; result !== 'written'; ) {
      const stored = await getAccount(services.store, account.id);
      if (stored === undefined) throw new Error('the account is gone');
      const credentials = await sealCredentials(services, account.id, { password });
      result = await updateAccount(services.store, { ...stored, ...credentials, status: 'ok' });
    }
    await lookAnew(services, account.id);
  }

  /** As after a restored backup: the same mails under other UIDs and another UIDVALIDITY. */
  renumber({ account }: Mailbox): void {
    const maildir = join(this.#mail.mailDir, account.email, 'Maildir');
    for (const name of readdirSync(maildir))
      if (/^dovecot[-.]/.test(name)) rmSync(join(maildir, name), { force: true });
  }

  async makeChats({ account }: Pick<Mailbox, 'account'>): Promise<void> {
    await this.#inMailbox(account, async (client) => void (await client.mailboxCreate('COI/Chats')));
  }

  async renameChats({ account }: Mailbox): Promise<void> {
    await this.#inMailbox(account, async (client) => void (await client.mailboxRename('COI/Chats', 'Old')));
  }

  #inMailbox(account: Account, work: Parameters<typeof withMailbox>[2]): Promise<unknown> {
    const { imap, ca } = this.#mail;
    return withMailbox({ imap, ca, password: this.passwordOf(account.email) }, account, work);
  }
}

/** An account with one device, stored as a sign-in and a subscription would, without asking the mail server. */
export async function makeMailbox(
  services: Services,
  mail: MailServers,
  push: PushService,
  password: string,
  { index, imapPort, isPolled, isFiled }: MailboxPlan,
): Promise<Mailbox> {
  const id = `fault-${index}`;
  const email = mail.user(id);
  const example = exampleAccount();
  const account = exampleAccount({
    id,
    email,
    aliases: [],
    unproven: [],
    imap: { host: mail.imap.host, port: imapPort, tls: 'implicit', user: email },
    smtp: { host: mail.smtp.host, port: mail.smtp.port, tls: 'implicit', user: email },
    capabilities: { ...example.capabilities, coi: false },
    settings: {
      ...example.settings,
      messageFilter: isFiled ? 'active' : 'none',
      watch: isPolled ? 'poll' : 'auto',
    },
    ...(await sealCredentials(services, id, { password })),
  });
  await createAccount(services.store, account);
  await putWatch(services.store, {
    accountId: id,
    host: account.imap.host,
    mode: account.settings.watch,
    lastActivityAt: services.clock.now(),
    folders: {},
  });
  const device = push.newDevice(services.vapid.publicKey);
  await activeSubscription({ services }, account, device);
  return { index, account, device, isFiled };
}
