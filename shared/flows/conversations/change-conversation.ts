import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation, putConversation } from '../../store/conversation.ts';
import type { Conversation } from '../../store/items.ts';
import { tellNews } from '../changes/tell-news.ts';
import type { Services } from '../services.ts';

/**
 * Reads, changes and writes a conversation, again from the start when somebody else wrote in between. A change that gives
 * back the same object writes nothing.
 *
 * @throws Fault `not-found` when there is none, `conflict` when others keep winning
 */
export async function changeConversation(
  services: Services,
  accountId: string,
  conversationId: string,
  change: (stored: Conversation) => Conversation,
): Promise<Conversation> {
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const now = services.clock.now();
    const stored = await getConversation(services.store, accountId, conversationId, now);
    if (stored === undefined) throw new Fault('not-found', 'There is no such conversation.');
    const changed = change(stored);
    if (changed === stored) return changed;
    if ((await putConversation(services.store, changed, now)) === 'stale') continue;
    await tellNews(services, accountId);
    return changed;
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}
