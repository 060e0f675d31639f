import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { listen } from '../support/listen.ts';
import { quantile } from './machine.ts';
import type { SendKind, SendTask } from './send-rate-child.ts';

/** Mails handed over per second of the client's CPU: the median of the rounds. */
export type SendFigures = Readonly<Record<SendKind, number>>;

const kinds = ['nodemailer', 'nodemailer-pooled', 'ours'] as const satisfies readonly SendKind[];
const rounds = 5;
const sendsPerRound = 160;
/** By then, everything is compiled, and TLS sessions are kept. */
const warmingSends = 480;

/**
 * What it costs the client to hand a chat mail of some 1 KB over to a submission server (TLS, login, one recipient), 10 at a
 * time. Each kind in a process of its own, in turns, to the same server: nodemailer as it comes, nodemailer with connections
 * that stay open, and ours.
 */
export async function benchSends(): Promise<SendFigures> {
  const server = await startServer();
  const children = new Map<SendKind, ChildProcess>();
  try {
    const perSecond = new Map<SendKind, number[]>(kinds.map((kind) => [kind, []]));
    for (const kind of kinds) {
      const child = fork(new URL('./send-rate-child.ts', import.meta.url), [], {
        execArgv: ['--import', 'tsx'],
      });
      children.set(kind, child);
      await ask(child, { kind, port: server.port, ca: server.ca });
      await ask(child, { sends: warmingSends });
    }
    for (let round = 0; round < rounds; round++) {
      for (const [kind, child] of children) {
        perSecond.get(kind)?.push(1000 / (await ask(child, { sends: sendsPerRound })));
      }
    }
    const sent = kinds.length * (warmingSends + rounds * sendsPerRound);
    if (server.received() !== sent)
      throw new Error(`${server.received()} of ${sent} mails reached the server`);
    const median = (kind: SendKind) => quantile(perSecond.get(kind) ?? [], 0.5);
    return {
      nodemailer: median('nodemailer'),
      'nodemailer-pooled': median('nodemailer-pooled'),
      ours: median('ours'),
    };
  } finally {
    for (const child of children.values()) child.kill();
    await server.stop();
  }
}

async function startServer() {
  const authority = await createCertificateAuthority();
  let received = 0;
  const server = new SMTPServer({
    ...{ secure: true, ...(await authority.issue(['127.0.0.1'])) },
    onAuth: (_, __, done) => done(null, { user: 'bench' }),
    onData(stream, _, done) {
      stream.resume().once('end', () => {
        received += 1;
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const port = await listen(server.server);
  return {
    ...{ port, ca: authority.ca, received: () => received },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function ask(child: ChildProcess, task: SendTask): Promise<number> {
  child.send(task);
  const [answer]: unknown[] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [undefined]),
  ]);
  if (typeof answer !== 'number') throw new Error('a process that sends ended early');
  return answer;
}
