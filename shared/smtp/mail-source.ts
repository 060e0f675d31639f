import { Readable } from 'node:stream';
import { limits } from '../core/limits.ts';

/**
 * A mail's data, as the connection takes it. It is read only after the server's go-ahead, and the final dot follows its end,
 * never comes before it: so long as it is not all read, the server cannot have the mail.
 */
export class MailSource {
  readonly stream: Readable;
  #isAllRead = false;
  #isStopped = false;
  #isCut = false;

  /** @param beforeEnd waited for before the end; with `stop`, it does not come */
  constructor(raw: Buffer, beforeEnd: (() => Promise<'go' | 'stop'>) | undefined) {
    this.stream = Readable.from(this.#pieces(raw, beforeEnd), { objectMode: false });
    // Whoever reads it hears of an error too; one that comes after the reader has gone must not end the process.
    this.stream.on('error', () => undefined);
  }

  /** The final dot may be out. */
  get isAllRead(): boolean {
    return this.#isAllRead;
  }

  /** `beforeEnd` had it stop. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** It does not come to its end any more, if it has not yet. */
  stop(): void {
    this.#isCut = true;
  }

  /** Piece by piece: in one, all would count as sent at once. */
  async *#pieces(raw: Buffer, beforeEnd: (() => Promise<'go' | 'stop'>) | undefined): AsyncGenerator<Buffer> {
    for (let start = 0; start < raw.length; start += limits.smtpPieceBytes) {
      yield raw.subarray(start, start + limits.smtpPieceBytes);
    }
    if (beforeEnd !== undefined && (await beforeEnd()) === 'stop') {
      this.#isStopped = true;
      throw new Error('the mail is not to be sent any more');
    }
    if (this.#isCut) throw new Error('the connection was given up');
    this.#isAllRead = true;
  }
}
