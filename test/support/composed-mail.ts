import { type ParsedMail, simpleParser } from 'mailparser';
import { mailOfBytes } from '../../shared/coi/mail-of-bytes.ts';
import type { MailRecord } from '../../shared/coi/mail-record.ts';
import type { MessageContent } from '../../shared/coi/message-content.ts';
import { readMail } from '../../shared/coi/read-mail.ts';
import type { ReceivedMail } from '../../shared/coi/received-mail.ts';
import { composeMessage, type MessageToCompose } from '../../shared/smtp/compose-message.ts';

const alice = { address: 'alice@example.org', name: 'Alice' };
const bob = { address: 'bob@example.org', name: undefined };

/** A text of Alice's to Bob, with changes. */
export function messageToCompose(
  content: MessageContent,
  changes: Partial<MessageToCompose> = {},
): MessageToCompose {
  return {
    messageId: '<chat$abc@example.org>',
    date: Date.UTC(2026, 10, 23, 1, 2, 3),
    from: alice,
    to: [bob],
    title: undefined,
    group: undefined,
    references: [],
    about: undefined,
    content,
    files: [],
    requestReceipt: false,
    ...changes,
  };
}

/** One composed mail as three see it: as bytes, by an ordinary mail program, and by this service for Bob. */
export type ComposedMail = {
  readonly raw: string;
  readonly mail: ReceivedMail;
  readonly parsed: ParsedMail;
  readonly read: MailRecord;
};

export async function composed(
  content: MessageContent,
  changes: Partial<MessageToCompose> = {},
): Promise<ComposedMail> {
  const raw = await composeMessage(messageToCompose(content, changes));
  const place = { folder: 'INBOX', folderRole: 'inbox', uidValidity: 1, uid: 1, flags: [] } as const;
  const mail = mailOfBytes(raw, { ...place, receivedAt: Date.UTC(2026, 10, 23, 1, 2, 4) });
  return {
    raw: raw.toString('latin1'),
    mail,
    parsed: await simpleParser(raw),
    read: readMail(mail, { addresses: [bob.address] }),
  };
}
