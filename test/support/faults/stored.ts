import { messageRef } from '../../../shared/flows/conversations/message-ref.ts';
import type { Services } from '../../../shared/flows/services.ts';
import { listConversations } from '../../../shared/store/conversation.ts';
import { listMessages } from '../../../shared/store/message.ts';
import type { Mailbox } from './mailboxes.ts';

export type StoredMessage = {
  readonly id: string;
  readonly mailbox: number;
  readonly from: string;
  readonly conversation: string;
  /** Its id in the API. */
  readonly message: string;
};

export type StoredConversation = {
  readonly mailbox: number;
  readonly id: string;
  readonly participants: readonly string[];
  readonly unread: number;
  readonly messages: readonly StoredMessage[];
};

/** All that is stored of these mailboxes. */
export async function storedConversations(
  services: Services,
  mailboxes: readonly Mailbox[],
): Promise<StoredConversation[]> {
  const { store, clock } = services;
  const found: StoredConversation[] = [];
  // One after the other: all at once would be more than the embedded database answers in time.
  for (const { index, account } of mailboxes) {
    for (const { id, participants, unread } of await listConversations(store, account.id, clock.now())) {
      const page = { limit: 1_000, before: undefined, now: clock.now() };
      const { messages } = await listMessages(store, account.id, id, page);
      found.push({
        ...{ mailbox: index, id, unread },
        participants: participants.map(({ address }) => address),
        messages: messages.map((message) => ({
          ...{ id: message.messageId, mailbox: index, from: message.from.address, conversation: id },
          message: messageRef(message),
        })),
      });
    }
  }
  return found;
}
