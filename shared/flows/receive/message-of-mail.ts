import { firstFold } from '../../coi/kept-message.ts';
import type { MailRecord } from '../../coi/mail-record.ts';
import { keyOfMail } from '../../coi/message-key.ts';
import type { ReceivedMail } from '../../coi/received-mail.ts';
import type { Account, Message } from '../../store/items.ts';

/** Ordinary mail is told to devices that want it, and belongs to no conversation that is listed. */
export const mailConversationId = 'mail';

/** The metadata of a received mail as it is stored. A preview is kept only where the account allows it. */
export function messageOfMail(
  account: Account,
  mail: ReceivedMail,
  record: MailRecord,
  conversationId: string,
  expiresAt: number,
): Message {
  // A message that is to be forgotten leaves no words of it anywhere else.
  const keepsPreview = account.settings.storePreviews && record.forgetAfterMs === undefined;
  return {
    accountId: account.id,
    conversationId: record.class === 'mail' ? mailConversationId : conversationId,
    key: keyOfMail(record),
    messageId: record.messageId,
    inReplyTo: record.inReplyTo,
    from: record.from,
    to: record.to,
    date: record.date,
    receivedAt: record.receivedAt,
    kind: record.class === 'mail' ? 'mail' : record.kind,
    encrypted: record.encrypted,
    mention: record.mention,
    receiptRequested: record.receiptRequested,
    own: record.class === 'own',
    size: record.size,
    attachments: record.attachments,
    preview: keepsPreview ? record.preview : undefined,
    event: record.event,
    title: record.title,
    removed: record.removed,
    pinned: record.pinned,
    location: record.location,
    extension: record.extension,
    fold: firstFold(record),
    place: { folder: mail.folder, uidValidity: mail.uidValidity, uid: mail.uid },
    seen: record.seen,
    outgoing: undefined,
    expiresAt: Math.min(expiresAt, record.receivedAt + (record.forgetAfterMs ?? Number.POSITIVE_INFINITY)),
  };
}
