import { getConversation } from '../../store/conversation.ts';
import type { Account, OutgoingMail } from '../../store/items.ts';
import { putNewMessage } from '../../store/message.ts';
import { recordMessages } from '../receive/record-messages.ts';
import type { SendServices } from '../services.ts';
import { messageOfSent } from './message-of-sent.ts';

/**
 * Records once more that a recorded mail is a message of its conversation: who recorded it may have died between the two,
 * and then nobody would ever see what was sent. Changes nothing where it is known.
 */
export async function recordAnew(
  services: SendServices,
  account: Account,
  outgoing: OutgoingMail,
  mail: Buffer,
): Promise<void> {
  if (outgoing.isReceipt) return;
  const { store, clock } = services;
  const { conversationId, recipients, createdAt: sentAt } = outgoing;
  const conversation = await getConversation(store, account.id, conversationId, clock.now());
  const made = messageOfSent(services, account, conversation, { mail, recipients, sentAt });
  const message = { ...made.message, conversationId, key: outgoing.messageKey };
  await putNewMessage(store, message);
  await recordMessages(services, account, { ...made.ref, id: conversationId }, [message]);
}
