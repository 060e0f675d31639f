import { type ScriptedSmtp, type SmtpScript, type SmtpTurn, startScriptedSmtp } from '../../scripted-smtp.ts';
import type { Sender, Senders } from './senders.ts';
import type { SmtpFate, SmtpStep } from './smtp-fates.ts';

/** One try to hand a mail over, as the server saw it: from the first of its data on. */
export type Attempt = {
  readonly messageId: string;
  readonly recipients: readonly string[];
  readonly sender: Sender;
  /** Whether the final dot came. */
  isWhole: boolean;
  /** Whether the server has the mail. */
  isTaken: boolean;
  /** Whether it said so, or that it has not. */
  isAnswered: boolean;
  /** When it last heard or said something of it. */
  at: number;
};

export type SmtpOptions = {
  readonly senders: () => Senders | undefined;
  /** What is in store for the next connection. */
  readonly nextFate: () => SmtpFate | undefined;
  /** The reply to RCPT that a recipient gets now; undefined where he is taken. */
  readonly replyTo: (recipient: string) => string | undefined;
  /** What the server does with a mail of a user that it takes, before it says so. */
  readonly deliver: (user: string, raw: string) => Promise<void>;
};

type Connection = {
  fate: SmtpFate | undefined;
  readonly sender: Sender;
  user: string;
  recipients: string[];
  attempt: Attempt | undefined;
};

const stallMs = 1_500;
const downMs = 300;

/** A submission server that breaks off, refuses, stalls and dies, and writes down which mails it has. */
export class SmtpUnderFaults {
  readonly attempts: Attempt[] = [];
  /** How often each of its faults met somebody. */
  readonly met = new Map<string, number>();
  readonly #options: SmtpOptions;
  readonly #connections = new Map<number, Connection>();
  readonly #sockets = new Set<SmtpTurn['socket']>();
  #downUntil = 0;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  start(tls: 'implicit' | 'starttls'): Promise<ScriptedSmtp> {
    const usual: Readonly<Partial<Record<SmtpStep, (turn: SmtpTurn, connection: Connection) => void>>> = {
      STARTTLS: ({ reply }) => reply('220 go ahead'),
      EHLO: ({ reply, socket }) =>
        reply(`250-mail.example.org\r\n250 ${'encrypted' in socket ? 'AUTH PLAIN' : 'STARTTLS'}`),
      AUTH({ line, reply }, connection) {
        const [, , given = ''] = line.split(' ');
        connection.user = Buffer.from(given, 'base64').toString().split('\0')[1] ?? '';
        reply('235 2.7.0 welcome');
      },
      MAIL: ({ reply }) => reply('250 ok'),
      RCPT: ({ line, reply }, { recipients }) => {
        const recipient = /<(.*)>/.exec(line)?.[1] ?? '';
        const refusal = this.#options.replyTo(recipient);
        if (refusal === undefined) recipients.push(recipient);
        reply(refusal ?? '250 ok');
      },
      DATA: (turn, connection) => this.#beginData(turn, connection),
      QUIT: ({ socket }) => void socket.end('221 bye\r\n'),
    };
    const script: SmtpScript = Object.fromEntries(
      Object.entries(usual).map(([step, work]) => [
        step,
        (turn: SmtpTurn) => {
          const connection = this.#connections.get(turn.socket.remotePort ?? 0);
          if (connection === undefined) return void turn.socket.destroy();
          if (!this.#meets(step, turn, connection)) work?.(turn, connection);
        },
      ]),
    );
    return startScriptedSmtp(
      { ...script, GREETING: (turn) => this.#greet(turn), MESSAGE: (turn) => void this.#takeMail(turn) },
      tls,
    );
  }

  #greet(turn: SmtpTurn): void {
    const { socket } = turn;
    if (Date.now() < this.#downUntil) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const port = socket.remotePort;
    // Undefined when it died in the meantime.
    const sender = this.#options.senders()?.at(port);
    if (port === undefined || sender === undefined) return void socket.destroy();
    const fate = this.#options.nextFate();
    const connection = { fate, sender, user: '', recipients: [], attempt: undefined };
    this.#connections.set(port, connection);
    if (!this.#meets('GREETING', turn, connection)) turn.reply('220 mail.example.org ESMTP');
  }

  /** Whether the step was the one with the fault in it, which then took its place. */
  #meets(step: string, turn: SmtpTurn, connection: Connection): boolean {
    const { fate, sender } = connection;
    if (fate === undefined || fate.step !== step) return false;
    connection.fate = undefined;
    const name = `${fate.action} at ${step}`;
    this.met.set(name, (this.met.get(name) ?? 0) + 1);
    switch (fate.action) {
      case 'cut':
        turn.socket.destroy();
        return true;
      case 'stall':
        setTimeout(() => turn.socket.destroy(), stallMs).unref();
        return true;
      case 'down':
        this.#downUntil = Date.now() + downMs;
        for (const socket of this.#sockets) socket.destroy();
        return true;
      case 'kill':
        this.#options.senders()?.kill(sender, name);
        turn.socket.destroy();
        return true;
      default:
        turn.reply(`${fate.action} ${fate.action < 500 ? '4.3.0 not now' : '5.7.1 no'}`);
        if (fate.action === 421) turn.socket.end();
        return true;
    }
  }

  #beginData(turn: SmtpTurn, connection: Connection): void {
    const { recipients, sender } = connection;
    turn.socket.once('data', (chunk: Buffer) => {
      const messageId = messageIdIn(chunk.toString('latin1'));
      connection.attempt = {
        ...{ messageId, recipients: [...recipients], sender, at: Date.now() },
        ...{ isWhole: false, isTaken: false, isAnswered: false },
      };
      this.attempts.push(connection.attempt);
      this.#meets('IN-DATA', turn, connection);
    });
    turn.reply('354 go ahead');
  }

  async #takeMail(turn: SmtpTurn): Promise<void> {
    const connection = this.#connections.get(turn.socket.remotePort ?? 0);
    const attempt = connection?.attempt;
    // What was cut before is never read to its end.
    if (connection === undefined || attempt === undefined || turn.socket.destroyed) return;
    Object.assign(attempt, { isWhole: true, at: Date.now() });
    const { fate } = connection;
    if (this.#meets('UNTAKEN', turn, connection)) {
      attempt.isAnswered = typeof fate?.action === 'number';
      return;
    }
    await this.#options.deliver(connection.user, turn.line.replaceAll('\r\n..', '\r\n.'));
    Object.assign(attempt, { isTaken: true, at: Date.now() });
    if (this.#meets('TAKEN', turn, connection)) return;
    attempt.isAnswered = !turn.socket.destroyed;
    turn.reply('250 2.0.0 taken');
    attempt.at = Date.now();
    this.#meets('ANSWERED', turn, connection);
  }
}

export function messageIdIn(raw: string): string {
  return /^Message-ID: (<[^>]+>)/im.exec(raw)?.[1] ?? '';
}
