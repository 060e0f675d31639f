import { randomBytes } from 'node:crypto';
import { conversationOfRecipients } from '../coi/conversation-ref.ts';
import { noFold } from '../coi/kept-message.ts';
import type { ConversationRef } from '../coi/mail-record.ts';
import { newMessageId } from '../coi/message-id.ts';
import { messageKey } from '../coi/message-key.ts';
import type { Address } from '../coi/received-mail.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { composeMail } from '../smtp/compose.ts';
import type { Account, Conversation, Message } from '../store/items.ts';
import { getMessage } from '../store/message.ts';
import { getOutgoing } from '../store/outgoing.ts';
import { recordAndSend } from './record-and-send.ts';
import type { Services } from './services.ts';

/** A text for a conversation, or for addresses that need not have one yet. */
export type TextToSend = {
  readonly to: { readonly conversation: Conversation } | { readonly addresses: readonly Address[] };
  readonly text: string;
  readonly requestReceipt: boolean;
  /**
   * At least 16 bytes that make the Message-ID. Sending again with the same ones, after a process died under it, takes up
   * the mail that was recorded then, if it was.
   */
  readonly seed?: Buffer | undefined;
};

/**
 * Makes the mail once, records it, and tries to hand it to the account's submission server at once. From the record on
 * nothing is lost: what cannot be sent now stays queued and is tried again.
 *
 * @throws Fault `send-refused` when the server will not take it, `invalid-request` when there is nobody to send it to
 */
export async function sendText(services: Services, account: Account, input: TextToSend): Promise<Message> {
  const ref = conversationFor(account, input);
  const recipients = ref.participants.map((participant) => participant.address);
  if (recipients.length === 0) {
    throw new Fault('invalid-request', 'There is nobody to send this to.', {
      fields: [{ field: 'to', message: 'name at least one address other than your own' }],
    });
  }
  const messageId = newMessageId({
    random: input.seed ?? randomBytes(16),
    domain: account.email.slice(account.email.lastIndexOf('@') + 1),
    groupId: ref.groupId,
  });
  const now = services.clock.now();
  const earlier = input.seed && (await getOutgoing(services.store, account.id, messageId, now));
  // INTERNALDATE has whole seconds: the copy that is filed must come back with the same time, and so the same key.
  const sentAt = earlier?.createdAt ?? Math.floor(now / 1000) * 1000;
  const previous = await lastMessageIdOf(services, account, input);
  const mail = await composeMail({
    messageId,
    date: sentAt,
    from: { address: account.email, name: account.displayName },
    to: ref.participants,
    subject: ref.kind === 'direct' ? 'Chat' : ref.title,
    references: previous === undefined ? [] : [previous],
    text: input.text,
    requestReceipt: input.requestReceipt,
  });
  const message: Message = {
    accountId: account.id,
    conversationId: ref.id,
    key: messageKey(sentAt, messageId),
    messageId,
    inReplyTo: undefined,
    from: { address: account.email, name: account.displayName },
    to: ref.participants,
    date: sentAt,
    receivedAt: sentAt,
    kind: 'text',
    encrypted: false,
    mention: false,
    receiptRequested: input.requestReceipt,
    own: true,
    size: mail.length,
    attachments: [],
    preview: account.settings.storePreviews ? input.text.slice(0, limits.previewCharacters) : undefined,
    event: undefined,
    title: ref.kind === 'group' ? ref.title : undefined,
    removed: [],
    pinned: undefined,
    location: undefined,
    extension: undefined,
    fold: noFold,
    place: undefined,
    seen: true,
    outgoing: 'queued',
    expiresAt: sentAt + services.retentionMs,
  };
  return recordAndSend(services, account, { message, ref, recipients, mail });
}

function conversationFor(account: Account, input: TextToSend): ConversationRef {
  if ('conversation' in input.to) return input.to.conversation;
  const own = new Set([account.email, ...account.aliases]);
  return conversationOfRecipients(input.to.addresses.filter((to) => !own.has(to.address)));
}

/** The mail this one follows: its id leads the References, so that ordinary mail programs keep the thread together. */
async function lastMessageIdOf(
  services: Services,
  account: Account,
  input: TextToSend,
): Promise<string | undefined> {
  if (!('conversation' in input.to) || input.to.conversation.lastMessage === undefined) return undefined;
  const { id, lastMessage } = input.to.conversation;
  return (await getMessage(services.store, account.id, id, lastMessage.key, services.clock.now()))?.messageId;
}
