import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import hoodiecrow from 'hoodiecrow-imap';
import { SMTPServer } from 'smtp-server';
import type { CertificateAuthority } from './certificate-authority.ts';
import { partialFetch } from './partial-fetch.ts';

export type DemoMailbox = { readonly address: string; readonly name: string; readonly imapPort: number };

/** A mail provider in this process, with mailboxes in memory: IMAP with IDLE and SMTP, both over TLS with a login. */
export type DemoMail = {
  readonly alice: DemoMailbox;
  readonly bob: DemoMailbox;
  readonly smtpPort: number;
  readonly password: string;
  stop(): Promise<void>;
};

const password = 'demo';

export async function startDemoMail(authority: CertificateAuthority): Promise<DemoMail> {
  const credentials = await authority.issue(['localhost', '127.0.0.1']);
  const deliverTo = new Map<string, (raw: string) => void>();
  const stops: (() => void)[] = [];

  // A hoodiecrow server has one message store, whoever logs in: each user gets a server.
  const mailboxOf = async (address: string, name: string): Promise<DemoMailbox> => {
    const imap = hoodiecrow({
      plugins: [
        'ID',
        'SASL-IR',
        'AUTH-PLAIN',
        'NAMESPACE',
        'IDLE',
        'LITERALPLUS',
        'UNSELECT',
        'SPECIAL-USE',
        'UIDPLUS',
        partialFetch,
      ],
      secureConnection: true,
      credentials,
      users: { [address]: { password } },
      storage: {
        INBOX: { messages: [] },
        '': { separator: '/', folders: { Sent: { 'special-use': '\\Sent' } } },
      },
    });
    await new Promise<void>((resolve) => imap.listen(0, '127.0.0.1', resolve));
    deliverTo.set(address, (raw) => imap.appendMessage('INBOX', [], false, raw));
    stops.push(() => imap.server.close());
    return { address, name, imapPort: portOf(imap.server) };
  };
  const alice = await mailboxOf('alice@demo.test', 'Alice');
  const bob = await mailboxOf('bob@demo.test', 'Bob');

  const smtp = new SMTPServer({
    secure: true,
    ...credentials,
    onAuth({ username, password: given }, _session, done) {
      if (deliverTo.has(username ?? '') && given === password) return done(null, { user: username });
      done(new Error('wrong user or password'));
    },
    onRcptTo({ address }, _session, done) {
      if (deliverTo.has(address.toLowerCase())) return done();
      done(Object.assign(new Error('no such mailbox here'), { responseCode: 550 }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1');
        for (const { address } of session.envelope.rcptTo) deliverTo.get(address.toLowerCase())?.(raw);
        done();
      });
    },
  });
  smtp.on('error', () => undefined);
  const listener = smtp.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    alice,
    bob,
    smtpPort: portOf(listener),
    password,
    async stop() {
      for (const stop of stops) stop();
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return address.port;
}
