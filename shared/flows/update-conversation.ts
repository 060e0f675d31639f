import { applyMessage, newConversation } from '../coi/conversation-state.ts';
import type { ConversationRef } from '../coi/mail-record.ts';
import { Fault } from '../core/faults.ts';
import { limits } from '../core/limits.ts';
import { getConversation, putConversation } from '../store/conversation.ts';
import type { Conversation, Message } from '../store/items.ts';
import type { Services } from './services.ts';

/**
 * Counts messages into their conversation, creating it with the first one. A message that was counted in before changes
 * nothing, and where nothing changes nothing is written.
 */
export function addToConversation(
  services: Services,
  accountId: string,
  ref: ConversationRef,
  messages: readonly Message[],
): Promise<Conversation> {
  return changeConversation(services, accountId, ref.id, (stored) =>
    messages.reduce<Conversation>(
      (state, message) => applyMessage(state, message, ref, services.clock.now()),
      stored ?? { ...newConversation(ref), accountId, version: 0 },
    ),
  );
}

/**
 * Reads, changes and writes a conversation, again from the start when somebody else wrote in between.
 *
 * @throws Fault `conflict` when others keep winning
 */
export async function changeConversation(
  services: Services,
  accountId: string,
  conversationId: string,
  change: (stored: Conversation | undefined) => Conversation | undefined,
): Promise<Conversation> {
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const stored = await getConversation(services.store, accountId, conversationId, services.clock.now());
    const changed = change(stored);
    if (changed === undefined) throw new Fault('not-found', 'There is no such conversation.');
    if (changed === stored) return changed;
    if ((await putConversation(services.store, changed, services.clock.now())) === 'written') return changed;
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}
