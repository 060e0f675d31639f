import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { dovecotConfig } from './dovecot-config.ts';
import { type DovecotProgram, dovecotProgram } from './dovecot-program.ts';
import { listen } from './listen.ts';
import { deliverByLmtp, startRelay } from './lmtp-relay.ts';

/** It takes 0.1 s; a machine busy with other tests may need longer. */
const startLimitMs = 60_000;

/** Where test mail servers listen: plain data, so that it can be handed to other processes. */
export type MailSite = {
  readonly imap: { readonly host: string; readonly port: number; readonly starttlsPort: number };
  readonly smtp: { readonly host: string; readonly port: number; readonly starttlsPort: number };
  readonly lmtpPort: number;
  readonly ca: string;
  readonly password: string;
};

export type MailServers = MailSite & {
  /** Where the mailboxes lie, each in a folder named by its address. */
  readonly mailDir: string;
  /** The address of a mailbox. Every one exists already, with the one password. */
  user(name: string): string;
  /** Puts a mail into mailboxes the way a mail server does. */
  deliver(to: string | readonly string[], raw: string | Buffer): Promise<void>;
  /** Ends the server at once, and every connection with it, and starts it again on the same ports. */
  restart(): Promise<void>;
  logs(): string;
  stop(): Promise<void>;
};

/**
 * A private Dovecot (IMAP, submission, LMTP) whose submitted mail comes back to its own mailboxes.
 *
 * @param options.passwordFile holds the password of each user, in place of one for all; see `DovecotSite`
 * @param options.tokenFile sets Dovecot's login by access token up; see `DovecotSite`
 */
export async function startMailServers(
  options: {
    readonly passwordFile?: string;
    readonly tokenFile?: string;
    readonly connectionsPerUser?: number;
  } = {},
): Promise<MailServers> {
  const program = dovecotProgram();
  const dir = mkdtempSync(join(tmpdir(), 'coi-push-dovecot-'));
  const user = mailUser();
  const certificateAuthority = await createCertificateAuthority();
  const { key, cert } = await certificateAuthority.issue(['localhost', '127.0.0.1']);
  const [imap = 0, imaps = 0, lmtp = 0, submission = 0, submissions = 0] = await freePorts(5);
  const ports = { imap, imaps, lmtp, submission, submissions };
  const relay = await startRelay(lmtp);
  for (const name of ['run', 'state', 'mail']) mkdirSync(join(dir, name));
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 });
  const password = 'correct-horse';
  writeFileSync(
    join(dir, 'dovecot.conf'),
    dovecotConfig({
      ...{ dir, user, password, ports, relayPort: relay.port, programSettings: program.settings },
      passwordFile: options.passwordFile,
      tokenFile: options.tokenFile,
      connectionsPerUser: options.connectionsPerUser,
    }),
  );
  chmodSync(dir, 0o755);
  if (process.getuid?.() === 0) {
    for (const name of ['.', 'run', 'state', 'mail', 'key.pem'])
      chownSync(join(dir, name), user.uid, user.gid);
  }
  const begin = () => start(program, dir, user, imap);
  let child = await begin();
  return {
    imap: { host: 'localhost', port: imaps, starttlsPort: imap },
    smtp: { host: 'localhost', port: submissions, starttlsPort: submission },
    lmtpPort: lmtp,
    ca: certificateAuthority.ca,
    password,
    mailDir: join(dir, 'mail'),
    user: (name) => `${name}@example.test`,
    deliver: (to, raw) => deliverByLmtp(lmtp, to, raw),
    async restart() {
      await end(child);
      child = await begin();
    },
    logs: () => logsIn(dir),
    async stop() {
      await end(child);
      await relay.stop();
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type MailUser = { name: string; group: string; uid: number; gid: number };

function mailUser(): MailUser {
  const self = userInfo().username;
  const name = self === 'root' ? 'nobody' : self;
  const id = (flag: string) => execFileSync('id', [flag, name], { encoding: 'utf8' }).trim();
  return { name, group: id('-gn'), uid: Number(id('-u')), gid: Number(id('-g')) };
}

/** Starts Dovecot as a child that dies with this process, and waits for its greeting. */
async function start(
  program: DovecotProgram,
  dir: string,
  user: MailUser,
  imapPort: number,
): Promise<ChildProcess> {
  const log = openSync(join(dir, 'stderr.log'), 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...program.command(join(dir, 'dovecot.conf'))], {
    stdio: ['ignore', log, log],
    env: { PATH: process.env['PATH'], ...program.env },
    ...(process.getuid?.() === 0 ? { uid: user.uid, gid: user.gid } : {}),
  });
  const until = performance.now() + startLimitMs;
  while (!(await greets(imapPort))) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGTERM');
      throw new Error(`Dovecot does not start:\n${logsIn(dir)}`);
    }
    await delay(20);
  }
  return child;
}

/** What Dovecot wrote, at the very start to stderr and then to its log. */
function logsIn(dir: string): string {
  return ['stderr.log', 'dovecot.log']
    .map((name) => join(dir, name))
    .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
    .join('');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(2_000, () => socket.destroy());
    socket.once('data', (line) => {
      resolve(line.toString().startsWith('* OK'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Ports that were free a moment ago, all different because they are held together. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      return { server, port: await listen(server) };
    }),
  );
  return Promise.all(
    servers.map(async ({ server, port }) => {
      server.close();
      await once(server, 'close');
      return port;
    }),
  );
}
