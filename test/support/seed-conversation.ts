import type { Services } from '../../shared/flows/services.ts';
import { putConversation } from '../../shared/store/conversation.ts';
import type { Account, Conversation, Message } from '../../shared/store/items.ts';
import { putNewMessage } from '../../shared/store/message.ts';
import { exampleConversation, exampleMessage, exampleMessageKey } from './store-examples.ts';

/**
 * Stores a conversation with so many unread messages of others, the oldest first in the reply, one second apart. Whole
 * seconds, as INTERNALDATE has them.
 */
export async function seedConversation(
  services: Services,
  account: Account,
  options: {
    readonly id?: string;
    readonly messages?: number;
    /** When the newest of them came; left out: now. */
    readonly newestAt?: number;
    readonly conversation?: Partial<Conversation>;
    readonly message?: (index: number) => Partial<Message>;
  } = {},
): Promise<{ conversation: Conversation; messages: readonly Message[] }> {
  const { id = 'conversation-1', messages: count = 1, newestAt = services.clock.now() } = options;
  const now = Math.floor(newestAt / 1000) * 1000;
  const messages = Array.from({ length: count }, (_, index) => {
    const receivedAt = now - (count - 1 - index) * 1000;
    return exampleMessage({
      accountId: account.id,
      conversationId: id,
      key: exampleMessageKey(receivedAt, `h${index.toString(36).padStart(7, '0')}`),
      messageId: `<chat$${id}.${index}@example.org>`,
      date: receivedAt,
      receivedAt,
      place: undefined,
      expiresAt: now + services.retentionMs,
      ...options.message?.(index),
    });
  });
  for (const message of messages) await putNewMessage(services.store, message);
  const last = messages.at(-1);
  const conversation = exampleConversation({
    accountId: account.id,
    id,
    unread: count,
    seenUpTo: undefined,
    lastMessage: last && {
      key: last.key,
      from: last.from.address,
      at: last.receivedAt,
      kind: 'text',
      preview: undefined,
    },
    recent: messages.slice(-24).map((message) => message.key),
    updatedAt: now,
    ...options.conversation,
  });
  await putConversation(services.store, conversation, services.clock.now());
  return { conversation, messages };
}
