import { createTransport } from 'nodemailer';
import { SMTPServer } from 'smtp-server';
import { listen } from './listen.ts';

/** Puts a mail into mailboxes by LMTP (RFC 2033). */
export async function deliverByLmtp(
  port: number,
  to: string | readonly string[],
  raw: string | Buffer,
  from = 'sender@example.test',
): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, lmtp: true, ignoreTLS: true });
  await transport.sendMail({ envelope: { from, to: typeof to === 'string' ? to : [...to] }, raw });
}

/** The hop behind the submission server: takes what it is given on loopback and delivers it by LMTP. */
export async function startRelay(lmtpPort: number): Promise<{ port: number; stop(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map((recipient) => recipient.address);
        deliverByLmtp(lmtpPort, to, Buffer.concat(chunks), from).then(() => done(), done);
      });
    },
  });
  server.on('error', () => undefined);
  const port = await listen(server.server);
  return {
    port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
