import { withDeadline } from '../core/deadline.ts';
import { limits } from '../core/limits.ts';
import type { Provider } from '../providers/provider.ts';
import { providerOf } from '../providers/provider-table.ts';
import type { LeanClient } from './lean-client.ts';
import { connectionLost } from './mail-fault.ts';

export type ConnectionOptions = {
  /** One command, from sending to its tagged answer. */
  readonly commandMs?: number;
  /** Called once, when the connection is closed. */
  readonly onClose?: () => void;
};

/**
 * A connection on which every command has a deadline; when it passes, the connection is closed, because nobody knows what
 * its next answer would belong to.
 */
export class MailConnection {
  #client: LeanClient;
  #isClosed = false;
  readonly #connect: () => Promise<LeanClient>;
  readonly #commandMs: number;
  readonly #onClose: (() => void) | undefined;

  /** @param connect makes another one like `client` */
  constructor(client: LeanClient, connect: () => Promise<LeanClient>, options: ConnectionOptions) {
    this.#client = client;
    this.#connect = connect;
    this.#commandMs = options.commandMs ?? limits.imapCommandMs;
    this.#onClose = options.onClose;
  }

  /** The one in use now. */
  get client(): LeanClient {
    return this.#client;
  }

  get provider(): Provider {
    return providerOf(this.#client.host);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws Fault what the error of the client, or its silence, means to a caller */
  async command<T>(name: string, run: (client: LeanClient) => Promise<T>): Promise<T> {
    const client = this.#client;
    try {
      return await withDeadline(run(client), this.#commandMs, name, () => client.close());
    } catch (error) {
      throw client.fault(error);
    }
  }

  /** Goes on over another connection, on which nothing is open and nothing was asked yet. */
  async reconnect(): Promise<LeanClient> {
    const client = await this.#connect();
    if (this.#isClosed) {
      client.close();
      throw connectionLost();
    }
    this.#client = client;
    return client;
  }

  /** At once. A LOGOUT would be polite, and waits for servers that never answer it. */
  close(): void {
    if (!this.#isClosed) this.#onClose?.();
    this.#isClosed = true;
    this.#client.close();
  }
}
