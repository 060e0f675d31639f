import { ImapFlow } from 'imapflow';
import type { Account } from '../../shared/store/items.ts';
import type { SharedMail } from './mail-site.ts';

/** Another mail program of an account's owner, for as long as `work` takes. */
export async function withMailbox<T>(
  mail: Pick<SharedMail, 'imap' | 'ca' | 'password'>,
  account: Pick<Account, 'email'>,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  const client = new ImapFlow({
    ...{ host: mail.imap.host, port: mail.imap.port, secure: true, tls: { ca: mail.ca }, logger: false },
    auth: { user: account.email, pass: mail.password },
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

/** The mails in a folder: their UIDs, flags and Message-IDs, by UID. */
export async function mailsIn(
  mail: Pick<SharedMail, 'imap' | 'ca' | 'password'>,
  account: Pick<Account, 'email'>,
  folder: string,
): Promise<{ uid: number; flags: string[]; messageId: string }[]> {
  return withMailbox(mail, account, async (client) => {
    const { exists } = await client.mailboxOpen(folder, { readOnly: true });
    const found =
      exists === 0 ? [] : await client.fetchAll('1:*', { uid: true, flags: true, envelope: true });
    return found.map(({ uid, flags, envelope }) => ({
      uid,
      flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
      messageId: envelope?.messageId ?? '',
    }));
  });
}
