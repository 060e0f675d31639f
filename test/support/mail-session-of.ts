import { onTestFinished } from 'vitest';
import { type MailLogin, type MailSession, openMailSession } from '../../shared/imap/mail-session.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { sharedMail } from './mail-site.ts';

/** A session of ours with somebody's mailbox at the shared mail servers, which ends with the test. */
export async function mailSessionOf(
  user: string,
  changes: { readonly port?: number; readonly tls?: MailLogin['tls']; readonly password?: string } = {},
): Promise<MailSession> {
  const { imap, password, ca } = sharedMail();
  const session = await openMailSession(
    { host: imap.host, port: imap.port, tls: 'implicit', user, password, ...changes },
    {
      guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8', '::1/128'] }),
      trust: trustStore([ca]),
    },
    { deadlineMs: 10_000 },
  );
  onTestFinished(() => session.close());
  return session;
}

/** The mails in a folder, byte for byte, with the times at which the server got them; oldest first. */
export async function mailsWithBytes(
  session: MailSession,
  folder: string,
): Promise<{ raw: Buffer; receivedAt: number }[]> {
  const { messages } = await session.open(folder, 'read');
  const mails: { raw: Buffer; receivedAt: number }[] = [];
  for (const { uid, receivedAt } of messages === 0 ? [] : await session.fetchFrom(1, { limit: 20 })) {
    const chunks: Buffer[] = [];
    for await (const chunk of (await session.stream(uid)) ?? []) chunks.push(Buffer.from(chunk));
    mails.push({ raw: Buffer.concat(chunks), receivedAt });
  }
  return mails;
}
