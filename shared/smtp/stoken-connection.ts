import SMTPConnection from 'nodemailer/lib/smtp-connection';

/** Submission tokens for one recipient. */
export type TokenPair = {
  /** Lets our mail through to him. */
  readonly token: string;
  /** Lets his mail through to us; he gets it along with ours. */
  readonly own: string | undefined;
};

/**
 * nodemailer's connection with the submission token extension (draft-slusarz-extra-smtp-submission-token-00), and with what
 * EHLO told. nodemailer has no way to add parameters to MAIL and RCPT and keeps the replies to RCPT to itself, so three of
 * its internal methods are wrapped (seen in 10.6; tests hold each of them). Without tokens nothing differs on the wire.
 */
export class StokenConnection extends SMTPConnection {
  #tokens: ReadonlyMap<string, TokenPair> = new Map();
  /** Recipients whose RCPT has no reply yet. */
  readonly #waiting: string[] = [];
  /** Recipients whom the server did not take before the mail's data, with the code of its reply (RFC 5321 section 4.2). */
  readonly rejections = new Map<string, number>();
  /** Recipients whose token the server does not take. */
  readonly refused = new Set<string>();
  /** The newer token that a server gave for a recipient. */
  readonly given = new Map<string, string>();

  /** Keywords of the last EHLO reply, upper case. */
  get extensions(): ReadonlySet<string> {
    return new Set(this.#ehlo().map(([keyword = '']) => keyword));
  }

  /** Ways to log in that it named (RFC 4954), upper case. */
  get mechanisms(): ReadonlySet<string> {
    return new Set(this.#ehlo().flatMap(([keyword, ...named]) => (keyword === 'AUTH' ? named : [])));
  }

  /** Its lines, in words. */
  #ehlo(): string[][] {
    const lines: unknown = Reflect.get(this, '_ehloLines');
    return Array.isArray(lines) ? lines.map((line) => String(line).toUpperCase().split(' ')) : [];
  }

  /** For the next mail. With SYNC the server delivers at once and replies for each recipient, as LMTP does (RFC 2033). */
  useTokens(tokens: ReadonlyMap<string, TokenPair>): void {
    this.#tokens = tokens;
    this.options.lmtp = tokens.size > 0;
  }

  /** @internal by nodemailer's name */
  _sendCommand(line: string, ...rest: unknown[]): void {
    const [, recipient] = /^RCPT TO:<([^>]*)>/.exec(line) ?? [];
    if (recipient !== undefined) this.#waiting.push(recipient);
    internal('_sendCommand', this, [this.#withParameters(line, recipient), ...rest]);
  }

  /** @internal by nodemailer's name */
  _actionRCPT(reply: string, ...rest: unknown[]): void {
    const recipient = this.#waiting.shift();
    const code = Number(reply.slice(0, 3));
    if (recipient !== undefined && code >= 400) this.rejections.set(recipient, code);
    this.#hear(recipient, reply);
    internal('_actionRCPT', this, [reply, ...rest]);
  }

  /** @internal by nodemailer's name */
  _actionLMTPStream(recipient: string, isLast: boolean, reply: string, ...rest: unknown[]): void {
    this.#hear(recipient, reply);
    internal('_actionLMTPStream', this, [recipient, isLast, reply, ...rest]);
  }

  /** STOKEN is only taken with SYNC, and MYSTOKEN only with STOKEN. */
  #withParameters(line: string, recipient: string | undefined): string {
    if (this.#tokens.size === 0) return line;
    if (line.startsWith('MAIL FROM:')) return `${line} SYNC`;
    const pair = recipient === undefined ? undefined : this.#tokens.get(recipient);
    if (pair === undefined) return line;
    return `${line} STOKEN=${pair.token}${pair.own === undefined ? '' : ` MYSTOKEN=${pair.own}`}`;
  }

  #hear(recipient: string | undefined, reply: string): void {
    if (recipient === undefined || !this.#tokens.has(recipient)) return;
    if (/^(?:501[ -]5\.5\.4|550[ -]5\.7\.30)\b/.test(reply)) this.refused.add(recipient);
    const [, token] = /^250[ -]2\.1\.12 <([^<>\s]+)>/.exec(reply) ?? [];
    if (token !== undefined) this.given.set(recipient, token);
  }
}

/** Runs a method of nodemailer that its types leave out. */
function internal(name: string, connection: SMTPConnection, args: unknown[]): void {
  const method: unknown = Reflect.get(SMTPConnection.prototype, name);
  if (typeof method !== 'function') throw new Error(`nodemailer has no ${name} any more`);
  Reflect.apply(method, connection, args);
}
