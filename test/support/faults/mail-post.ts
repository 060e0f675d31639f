import { createTransport } from 'nodemailer';
import { chatMail } from '../chat-mail.ts';
import type { Letter } from './fault-plan.ts';

/** Delivers by LMTP, over connections that stay. */
export class MailPost {
  readonly #transport;

  constructor(lmtpPort: number) {
    this.#transport = createTransport({
      ...{ pool: true, maxConnections: 4, maxMessages: 10_000 },
      ...{ host: '127.0.0.1', port: lmtpPort, lmtp: true, ignoreTLS: true },
    });
  }

  async deliver({ id, from }: Letter, to: string): Promise<void> {
    const raw = chatMail({ from, to, text: id, messageId: id });
    await this.#transport.sendMail({ envelope: { from, to: [to] }, raw });
  }

  close(): void {
    this.#transport.close();
  }
}
