import { randomUUID } from 'node:crypto';
import { canaryWord } from './canaries.ts';

/** A plain COI chat mail, as a chat client would send it. */
export function chatMail(mail: { from: string; to: string; text: string; messageId?: string }): string {
  return [
    `From: ${mail.from}`,
    `To: ${mail.to}`,
    `Subject: Chat of ${canaryWord}s`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${mail.messageId ?? `<chat$${randomUUID()}@example.test>`}`,
    'Chat-Version: 1.0',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    mail.text,
    '',
  ].join('\r\n');
}
