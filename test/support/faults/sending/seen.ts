import { messageRef } from '../../../../shared/flows/conversations/message-ref.ts';
import type { Services } from '../../../../shared/flows/services.ts';
import { listConversations } from '../../../../shared/store/conversation.ts';
import type { Message } from '../../../../shared/store/items.ts';
import { listMessages } from '../../../../shared/store/message.ts';
import { copiesOf, type SendingAccount } from './sending-accounts.ts';

export type SeenMessage = {
  readonly id: string;
  readonly messageId: string;
  readonly account: number;
  /** Its recipients, by its conversation. */
  readonly to: readonly string[];
  readonly state: Message['outgoing'];
  readonly refused: readonly string[];
  readonly waiting: readonly string[];
  /** Copies of it in the mailbox. */
  readonly copies: number;
};

/** What the owners of all accounts see of what they sent. */
export type Seen = { readonly messages: readonly SeenMessage[]; readonly strayCopies: number };

export async function seenOf(services: Services, accounts: readonly SendingAccount[]): Promise<Seen> {
  const { store, clock } = services;
  const messages: SeenMessage[] = [];
  let strayCopies = 0;
  for (const [index, sending] of accounts.entries()) {
    const { account } = sending;
    const copies = await copiesOf(sending);
    let known = 0;
    for (const { id, participants } of await listConversations(store, account.id, clock.now())) {
      const page = { limit: 1_000, before: undefined, now: clock.now() };
      for (const message of (await listMessages(store, account.id, id, page)).messages) {
        const count = copies.filter((copy) => copy === message.messageId).length;
        known += count;
        messages.push({
          ...{ id: messageRef(message), messageId: message.messageId, account: index, copies: count },
          to: participants.map(({ address }) => address).toSorted(),
          state: message.outgoing,
          refused: message.undelivered?.refused ?? [],
          waiting: message.undelivered?.waiting ?? [],
        });
      }
    }
    strayCopies += copies.length - known;
  }
  return { messages, strayCopies };
}
