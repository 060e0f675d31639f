import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { createCertificateAuthority } from '../../functions/local/demo/certificate-authority.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import type { Network } from '../../shared/net/connect.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import type { SubmissionLogin } from '../../shared/smtp/open-submission.ts';
import { listen } from './listen.ts';

export type SmtpTurn = {
  /** The command line; for `MESSAGE`, the mail without its final dot. */
  readonly line: string;
  readonly socket: Socket;
  reply(text: string): void;
};

/** By verb; `MESSAGE` is the end of the mail's data, `GREETING` the connection itself. */
export type SmtpScript = Readonly<Record<string, (turn: SmtpTurn) => void>>;

export type ScriptedSmtp = {
  readonly login: SubmissionLogin & { readonly password: string };
  readonly network: Network;
  /** The CA to trust, in PEM. */
  readonly ca: string;
  /** Verbs received, in order. */
  readonly verbs: readonly string[];
  /** Mails received up to their final dot. */
  readonly messages: readonly string[];
  /** Resolves when no connection is open: what comes after the end of one is never read. */
  closed(): Promise<void>;
  stop(): Promise<void>;
};

/** A submission server that takes everything, unless the script says otherwise. */
export async function startScriptedSmtp(
  script: SmtpScript = {},
  tls: SubmissionLogin['tls'] = 'implicit',
): Promise<ScriptedSmtp> {
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue(['127.0.0.1']);
  const verbs: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  const turns = { ...usualTurns, ...script };
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    converse(socket, (verb, line) => {
      verbs.push(verb);
      if (verb === 'MESSAGE') messages.push(line);
      const reply = (text: string) => {
        if (socket.writable) socket.write(`${text}\r\n`);
      };
      (turns[verb] ?? unknown)({ line, socket, reply });
      if (verb === 'STARTTLS') {
        socket.removeAllListeners('data');
        serve(new TLSSocket(socket, { isServer: true, ...certificate }));
      }
    });
  };
  const server: Server = tls === 'implicit' ? createTlsServer(certificate, serve) : createTcpServer(serve);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  const greet = (socket: Socket) =>
    (turns['GREETING'] ?? unknown)({
      ...{ line: '', socket },
      reply: (text) => socket.write(`${text}\r\n`),
    });
  server.on(tls === 'implicit' ? 'secureConnection' : 'connection', greet);
  const port = await listen(server);
  return {
    login: { host: '127.0.0.1', port, tls, user: 'alice', password: 'secret' },
    network: {
      guard: createAddressGuard({ allowPrivateHosts: ['127.0.0.0/8'] }),
      trust: trustStore([authority.ca]),
    },
    ca: authority.ca,
    verbs,
    messages,
    async closed() {
      await Promise.all([...sockets].map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, onTurn: (verb: string, line: string) => void): void {
  let rest = '';
  let inData = false;
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (;;) {
      // An empty mail is nothing but the final dot.
      const end = inData && !rest.startsWith('.\r\n') ? '\r\n.\r\n' : inData ? '.\r\n' : '\r\n';
      const at = rest.indexOf(end);
      if (at < 0) return;
      const line = rest.slice(0, at);
      rest = rest.slice(at + end.length);
      const verb = inData ? 'MESSAGE' : (line.split(/[ :]/)[0] ?? '').toUpperCase();
      inData = verb === 'DATA';
      onTurn(verb, line);
    }
  });
}

const ok = ({ reply }: SmtpTurn) => reply('250 2.0.0 ok');
const unknown = ({ reply }: SmtpTurn) => reply('500 5.5.2 what?');

const usualTurns: SmtpScript = {
  GREETING: ({ reply }) => reply('220 mail.example.org ESMTP'),
  EHLO: ({ reply, socket }) =>
    reply(
      socket instanceof TLSSocket
        ? '250-mail.example.org\r\n250-SIZE 10000\r\n250 AUTH PLAIN'
        : '250-mail.example.org\r\n250 STARTTLS',
    ),
  STARTTLS: ({ reply }) => reply('220 go ahead'),
  AUTH: ({ reply }) => reply('235 2.7.0 welcome'),
  MAIL: ok,
  RCPT: ok,
  DATA: ({ reply }) => reply('354 go ahead'),
  MESSAGE: ok,
  QUIT: ({ reply, socket }) => {
    reply('221 bye');
    socket.end();
  },
};
