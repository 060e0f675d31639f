import { ImapFlow } from 'imapflow';
import { Fault } from '../core/faults.ts';
import { providerOf } from '../providers/provider-table.ts';
import { hasExtension } from './capabilities.ts';
import { mailFault, suggestsBackOff } from './mail-fault.ts';

declare module 'imapflow' {
  // Members that imapflow 2.10 has and does not declare; the version is pinned, and tests hold each of these uses.
  interface ImapFlow {
    /** Runs one command by its name; imapflow's own methods all go through it. */
    run(command: string, ...args: unknown[]): Promise<unknown>;
    /** Sends one command and waits for its tagged answer; a running IDLE must have ended. */
    exec(command: string, ...rest: unknown[]): Promise<unknown>;
    /** Ends the running IDLE, while there is one. */
    readonly preCheck?: (() => Promise<void>) | false;
    /** Takes a tagged answer, whatever it says. */
    settleRequest(request: unknown, answer: unknown, hasMore: boolean): Promise<void>;
    /** Takes a BYE, and ends the connection. */
    serverBye(answer: unknown): Promise<void>;
    /** Waits as long as the server's throttle hint says; true when the wait was cut short by a close. */
    throttleWait(delayMs: number): Promise<boolean>;
    /** What LIST told of each folder. A folder that is missing here costs a LIST and an LSUB before it is opened. */
    readonly folders: Map<string, object>;
  }
}

const overruns: readonly string[] = ['LineTooLarge', 'LiteralTooLarge', 'ResponseTooLarge', 'TooManyTokens'];

/**
 * imapflow without what a brief check does not need. Of its own it sends ID twice, asks for NAMESPACE, and logs in with a
 * challenge: four round trips more. Folder names here come from LIST, which tells prefix and delimiter itself.
 */
export class LeanClient extends ImapFlow {
  /** Why the last refused command was refused: some methods of imapflow give only `false` then. */
  lastRefusal: unknown;
  /**
   * The answer after which nothing more is asked of the server: its BYE, or that it throttles. imapflow's own errors keep
   * neither the response code of the one nor the pause that the other suggests.
   */
  farewell: unknown;
  /** The connection ended at an answer larger than any is taken (`limits.imapLineBytes` and those after it). */
  isOverrun = false;

  /** What a caller can act on, of an error or, left out, of the last refusal. */
  fault(error: unknown = this.lastRefusal): Fault {
    return mailFault(error, this.farewell);
  }

  /** Told of every error of the connection. */
  noteError(error: Error): void {
    const code: unknown = Reflect.get(error, 'code');
    this.isOverrun ||= typeof code === 'string' && overruns.includes(code);
  }

  override async run(command: string, ...args: unknown[]): Promise<unknown> {
    if (command === 'ID' && !providerOf(this.host).needsId) return { name: '', skipped: '1' };
    if (command === 'NAMESPACE') {
      this.namespace = { prefix: '', delimiter: '/' };
      return this.namespace;
    }
    if (command === 'AUTHENTICATE') {
      const plain = this.#plainCredentials();
      if (plain !== undefined) return super.run('LOGIN', plain.user, plain.password);
      if (this.options.auth?.accessToken !== undefined && !this.#takesTokens()) throw takesNoTokens();
    }
    return super.run(command, ...args);
  }

  /**
   * What the names of the user's own folders begin with (RFC 2342): nothing, or `INBOX.`. Asked for only where a folder is
   * to be made, and kept from imapflow, which would put it before names that LIST told already.
   */
  async personalPrefix(): Promise<string> {
    if (!hasExtension(this.capabilities, 'NAMESPACE')) return '';
    await super.run('NAMESPACE');
    const prefix = this.namespace?.prefix ?? '';
    this.namespace = { prefix: '', delimiter: '/' };
    return prefix;
  }

  override async exec(command: string, ...rest: unknown[]): Promise<unknown> {
    try {
      return await super.exec(command, ...rest);
    } catch (error) {
      this.lastRefusal = error;
      throw error;
    }
  }

  override async serverBye(answer: unknown): Promise<void> {
    this.farewell = answer;
    return super.serverBye(answer);
  }

  override async settleRequest(request: unknown, answer: unknown, hasMore: boolean): Promise<void> {
    if (suggestsBackOff(answer)) this.farewell = answer;
    return super.settleRequest(request, answer, hasMore);
  }

  /**
   * A server that throttles is left alone at once: imapflow would hold the connection for minutes and then repeat the
   * command three times. When to come back is decided for the mailbox as a whole.
   */
  override async throttleWait(): Promise<boolean> {
    return true;
  }

  #takesTokens(): boolean {
    return this.capabilities.has('AUTH=OAUTHBEARER') || this.capabilities.has('AUTH=XOAUTH2');
  }

  /** LOGIN carries printable ASCII only, unless by literals, which cost the round trip that it saves. */
  #plainCredentials(): { user: string; password: string } | undefined {
    const { user, pass } = this.options.auth ?? {};
    if (user === undefined || pass === undefined || this.capabilities.has('LOGINDISABLED')) return undefined;
    return /^[ -~]+$/.test(user + pass) ? { user, password: pass } : undefined;
  }
}

/** Some servers offer it to those mailboxes alone that may use it. */
function takesNoTokens(): Fault {
  return new Fault(
    'login-refused',
    'The mail server takes no login by a token of the provider. Sign in with a password instead.',
  );
}
