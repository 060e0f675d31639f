import { conversationOf } from '../../coi/conversation-ref.ts';
import { mailOfBytes } from '../../coi/mail-of-bytes.ts';
import type { ConversationRef, MailRecord } from '../../coi/mail-record.ts';
import { readMail } from '../../coi/read-mail.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';
import { messageOfMail } from '../receive/message-of-mail.ts';
import type { Services } from '../services.ts';

/** A mail that is made, and the message it is in the account's conversation. */
export type MadeMail = {
  readonly message: Message;
  /** The conversation it goes into, as it is once the mail is in it. */
  readonly ref: ConversationRef;
  /** The envelope: addresses alone. */
  readonly recipients: readonly string[];
  /** The bytes that are sent and filed. */
  readonly mail: Buffer;
};

/**
 * A mail that was made here, as the message it is. It is read like any other, so that what is kept of it is what its Sent
 * copy would give, for this service and for every other reader.
 *
 * @param conversation that it goes into; undefined for the one that the mail itself tells
 */
export function messageOfSent(
  services: Pick<Services, 'retentionMs'>,
  account: Account,
  conversation: Conversation | undefined,
  made: Pick<MadeMail, 'mail' | 'recipients'> & { readonly sentAt: number },
): MadeMail {
  const { mail, recipients, sentAt } = made;
  const place = { folder: '', folderRole: 'sent', uidValidity: 0, uid: 0, flags: [] } as const;
  const received = mailOfBytes(mail, { ...place, receivedAt: sentAt });
  const own = [account.email, ...account.aliases];
  const record = readMail(received, { addresses: own });
  // Delta Chat hides the recipients of encrypted mail from the header, but here the envelope tells them.
  const to = record.to.length > 0 ? record.to : recipients.map((address) => ({ address, name: undefined }));
  const read =
    record.to.length > 0 ? record.conversation : conversationOf(received, { from: record.from, to, own });
  const ref = refAfter(conversation, { ...record, conversation: read });
  const message = messageOfMail(account, received, record, ref.id, sentAt + services.retentionMs);
  const { event } = record;
  return {
    message: {
      ...message,
      to,
      kind: event === undefined ? message.kind : event.kind,
      own: true,
      seen: true,
      mention: false,
      place: undefined,
      outgoing: 'queued',
    },
    ref,
    recipients,
    mail,
  };
}

/** The conversation with what the mail itself says of it: its name, and who is in it. */
function refAfter(
  conversation: Conversation | undefined,
  { conversation: read, title }: MailRecord,
): ConversationRef {
  if (conversation === undefined) return read;
  const { id, kind, groupId, participants } = conversation;
  return {
    id,
    kind,
    groupId,
    title: kind === 'group' ? (title ?? conversation.title) : conversation.title,
    participants: kind === 'group' ? read.participants : participants,
  };
}
