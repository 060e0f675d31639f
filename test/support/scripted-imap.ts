import { EventEmitter } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { MailLogin } from '../../shared/imap/connect-client.ts';
import { createAddressGuard } from '../../shared/net/address-guard.ts';
import type { Network } from '../../shared/net/connect.ts';
import { trustStore } from '../../shared/net/trust-store.ts';
import { listen } from './listen.ts';
import { scriptedAuthority } from './scripted-authority.ts';

export type ScriptedCommand = {
  readonly tag: string;
  /** Upper case; `UID FETCH` and its like are one name. */
  readonly name: string;
  /** As they were sent, literals with their lengths before them. */
  readonly args: string;
  readonly socket: Socket;
  /** Writes lines, each with CRLF. */
  send(...lines: readonly string[]): void;
  /** Writes untagged lines, then the tagged OK. */
  ok(...untagged: readonly string[]): void;
  /** The tagged `NO`, or `BAD`, with a text. */
  no(text: string): void;
  bad(text: string): void;
};

export type Reply = (command: ScriptedCommand) => void;
export type Script = Readonly<Record<string, Reply>>;

export type ScriptedImap = {
  readonly login: MailLogin & { readonly password: string };
  readonly network: Network;
  /** The CA to trust, in PEM. */
  readonly ca: string;
  /** What was received, `NAME arguments`, in order and of all connections. */
  readonly commands: readonly string[];
  /** The next command of this name that comes in. */
  next(name: string): Promise<ScriptedCommand>;
  stop(): Promise<void>;
};

/** Names that the server has besides its address; connections to any name end at it. */
export const strictHost = 'imap.163.com';
export const rewritingHost = 'outlook.office365.com';

/**
 * An IMAP server over TLS (or without any, to see what a client does then) that says what a test tells it to: one empty INBOX and nothing unusual, unless the script has a
 * reply of its own for a command. `GREETING` stands for the connection itself, `LITERAL` for a literal that the client asks
 * leave for.
 */
export async function startScriptedImap(
  script: Script = {},
  tls: MailLogin['tls'] = 'implicit',
): Promise<ScriptedImap> {
  const authority = await scriptedAuthority();
  const certificate = await authority.issue(['127.0.0.1', strictHost, rewritingHost]);
  const replies: Script = { ...usualReplies, ...script };
  const commands: string[] = [];
  const received = new EventEmitter();
  const sockets = new Set<Socket>();
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    converse(socket, (command) => {
      if (command.name === 'LITERAL') return (replies['LITERAL'] ?? unknown)(command);
      commands.push(`${command.name} ${command.args}`.trim());
      (replies[command.name] ?? unknown)(command);
      received.emit(command.name, command);
    });
  };
  const server: Server = tls === 'implicit' ? createTlsServer(certificate, serve) : createTcpServer(serve);
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  return {
    login: { host: '127.0.0.1', port, tls, user: 'alice', password: 'secret' },
    network: {
      guard: createAddressGuard({
        allowPrivateHosts: ['127.0.0.0/8'],
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      }),
      trust: trustStore([authority.ca]),
    },
    ca: authority.ca,
    commands,
    next: (name) => new Promise((resolve) => received.once(name, resolve)),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, onCommand: (command: ScriptedCommand) => void): void {
  let idleTag = '';
  let goesOn = false;
  const commandOf = (tag: string, name: string, args: string): ScriptedCommand => {
    const send = (...lines: readonly string[]) => {
      goesOn ||= lines[0]?.startsWith('+') === true;
      if (socket.writable) socket.write(lines.map((line) => `${line}\r\n`).join(''));
    };
    return {
      ...{ tag, name, args, socket, send },
      ok: (...untagged) => send(...untagged, `${tag} OK ${name} completed`),
      no: (text) => send(`${tag} NO ${text}`),
      bad: (text) => send(`${tag} BAD ${text}`),
    };
  };
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (let line = nextLine(); line !== undefined; line = nextLine()) {
      const [, tag = '', name = '', args = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/is.exec(line) ?? [];
      if (/^done$/i.test(line)) onCommand(commandOf(idleTag, 'DONE', ''));
      else onCommand(commandOf(tag, name.toUpperCase(), args));
      if (/^idle$/i.test(name)) idleTag = tag;
    }
  });
  let asked = 0;
  /** A command with all its literals (RFC 9051 section 4.3); the client sends a synchronising one when it was asked to. */
  const nextLine = (): string | undefined => {
    for (let from = 0; ; ) {
      const end = rest.indexOf('\r\n', from);
      if (end === -1) return undefined;
      const [, bytes, plus] = /\{(\d+)(\+?)\}$/.exec(rest.slice(from, end)) ?? [];
      if (bytes === undefined) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        asked = 0;
        return line;
      }
      if (plus === '' && asked < end) {
        goesOn = false;
        onCommand(commandOf(rest.split(' ')[0] ?? '', 'LITERAL', ''));
        if (!goesOn) {
          // Refused before it was sent: the command is over.
          rest = rest.slice(end + 2);
          asked = 0;
          from = 0;
          continue;
        }
        asked = end;
      }
      from = end + 2 + Number(bytes);
      if (rest.length < from) return undefined;
    }
  };
  onCommand(commandOf('*', 'GREETING', ''));
}

const capabilities = 'CAPABILITY IMAP4rev1 IDLE UIDPLUS AUTH=PLAIN';

/** A SELECT's untagged lines; what is left out of `folder` is left out of them. */
export function folderLines(folder: { exists: number; uidValidity?: number; uidNext?: number }): string[] {
  return [
    '* FLAGS (\\Seen \\Deleted)',
    `* ${folder.exists} EXISTS`,
    ...(folder.uidValidity === undefined ? [] : [`* OK [UIDVALIDITY ${folder.uidValidity}] valid`]),
    ...(folder.uidNext === undefined ? [] : [`* OK [UIDNEXT ${folder.uidNext}] next`]),
  ];
}

/** One row of the answer to the fetch of mails: a small plain chat mail. */
export function mailRow(mail: {
  seq: number;
  uid: number;
  text?: string;
  header?: string;
  receivedAt?: Date;
}): string {
  const header = mail.header ?? `Message-ID: <chat$${mail.uid}@example.org>\r\nChat-Version: 1.0\r\n\r\n`;
  const text = mail.text ?? 'Hello\r\n';
  return (
    `* ${mail.seq} FETCH (UID ${mail.uid} FLAGS () INTERNALDATE "${internalDate(mail.receivedAt)}" RFC822.SIZE 500 ` +
    `BODYSTRUCTURE ("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" ${text.length} 1 NIL NIL NIL NIL) ` +
    `BODY[HEADER.FIELDS (MESSAGE-ID)] {${header.length}}\r\n${header} BODY[TEXT]<0> {${text.length}}\r\n${text})`
  );
}

/** RFC 9051 section 9, `date-time`, in UTC. */
function internalDate(at = new Date('2026-11-23T01:02:03Z')): string {
  const [, day, month, year, time] = at.toUTCString().split(/[ ,]+/);
  return `${day}-${month}-${year} ${time} +0000`;
}

const unknown: Reply = (command) => command.bad('what?');

const emptyInbox: Reply = (command) => command.ok(...folderLines({ exists: 0, uidValidity: 7, uidNext: 1 }));

const usualReplies: Script = {
  GREETING: (command) => command.send(`* OK [${capabilities}] ready`),
  CAPABILITY: (command) => command.ok(`* ${capabilities}`),
  LOGIN: (command) => command.send(`${command.tag} OK [${capabilities}] logged in`),
  LITERAL: (command) => command.send('+ go on'),
  LIST: (command) => command.ok('* LIST () "/" INBOX'),
  LSUB: (command) => command.ok(),
  SELECT: emptyInbox,
  EXAMINE: emptyInbox,
  STATUS: (command) => command.ok('* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 7)'),
  IDLE: (command) => command.send('+ idling'),
  DONE: (command) => command.ok(),
  NOOP: (command) => command.ok(),
  'UID FETCH': (command) => command.ok(),
};
