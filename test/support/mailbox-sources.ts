import { ImapFlow } from 'imapflow';
import { sharedMail } from './mail-site.ts';

/** The mails in somebody's INBOX, byte for byte, oldest first. */
export async function sourcesIn(email: string): Promise<Buffer[]> {
  const { imap, ca, password } = sharedMail();
  const client = new ImapFlow({
    host: imap.host,
    port: imap.port,
    secure: true,
    tls: { ca },
    auth: { user: email, pass: password },
    logger: false,
  });
  await client.connect();
  try {
    await client.mailboxOpen('INBOX', { readOnly: true });
    const mails = await client.fetchAll('1:*', { source: true });
    return mails.flatMap(({ source }) => source ?? []);
  } finally {
    await client.logout();
  }
}
