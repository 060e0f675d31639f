import { SMTPServer } from 'smtp-server';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { listen } from './listen.ts';

export type CapturedMail = { readonly raw: Buffer; readonly to: readonly string[] };

export type MailCapture = {
  readonly smtp: { readonly host: string; readonly port: number };
  /** Mails in the order they came; none of them goes on. */
  readonly mails: readonly CapturedMail[];
  stop(): Promise<void>;
};

/** A submission server (implicit TLS, any login) that keeps what it is given, to see what a client made. */
export async function startMailCapture(): Promise<MailCapture> {
  const { key, cert } = await (await createCertificateAuthority()).issue(['localhost', '127.0.0.1']);
  const mails: CapturedMail[] = [];
  const server = new SMTPServer({
    secure: true,
    key,
    cert,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ raw: Buffer.concat(chunks), to: envelope.rcptTo.map(({ address }) => address) });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const port = await listen(server.server);
  return {
    smtp: { host: 'localhost', port },
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
