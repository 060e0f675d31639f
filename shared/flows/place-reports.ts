import { directConversation } from '../coi/conversation-ref.ts';
import type { ConversationRef, MailRecord } from '../coi/mail-record.ts';
import { getConversation } from '../store/conversation.ts';
import { getOutgoing } from '../store/outgoing.ts';
import type { Services } from './services.ts';

/** A record, and the conversation its message is kept in. */
export type Placed = { readonly record: MailRecord; readonly ref: ConversationRef };

/**
 * A read receipt or a bounce belongs to the conversations of the mails it speaks of, which the account sent: nothing else in
 * it tells them. Of a mail that is not known yet, it waits where a mail to its reader alone would be.
 */
export async function placeReport(
  services: Services,
  accountId: string,
  record: MailRecord,
): Promise<readonly Placed[]> {
  const { event } = record;
  if (event === undefined) return [];
  const now = services.clock.now();
  const found = new Map<string, { ref: ConversationRef; targets: string[] }>();
  for (const target of event.targets) {
    const outgoing = await getOutgoing(services.store, accountId, target, now);
    const known =
      outgoing && (await getConversation(services.store, accountId, outgoing.conversationId, now));
    const ref = known ?? waitingPlace(record);
    const place = found.get(ref.id) ?? { ref, targets: [] };
    place.targets.push(target);
    found.set(ref.id, place);
  }
  return [...found.values()].map(({ ref, targets }) => ({
    ref,
    record: { ...record, event: { ...event, targets } },
  }));
}

function waitingPlace({ event, from }: MailRecord): ConversationRef {
  const [failed] = event?.kind === 'bounce' ? event.recipients : [];
  return directConversation(failed === undefined ? from : { address: failed, name: undefined });
}
