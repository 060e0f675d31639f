import { type KeptMessage, type MessageFold, noFold } from '../../shared/coi/kept-message.ts';
import type { ConversationRef } from '../../shared/coi/mail-record.ts';
import { messageKey } from '../../shared/coi/message-key.ts';

/** The addresses of the account whose conversations these are. */
export const own = ['alice@example.test'];
export const alice = { address: 'alice@example.test', name: undefined };
export const bob = { address: 'bob@example.test', name: 'Bob' };

export const direct: ConversationRef = {
  id: 'd-1',
  kind: 'direct',
  title: 'Bob',
  participants: [bob],
  groupId: undefined,
};
export const group: ConversationRef = { ...direct, id: 'g-1', kind: 'group', title: 'Group', groupId: 'gid' };

/** A message of bob's that the mailbox got at `at`. */
export function kept(at: number, more: Partial<KeptMessage> = {}): KeptMessage {
  const messageId = `<m${at}@example.test>`;
  return {
    key: messageKey(at, messageId),
    messageId,
    inReplyTo: undefined,
    from: bob,
    to: [alice],
    receivedAt: at,
    kind: 'text',
    own: false,
    seen: false,
    preview: `message ${at}`,
    event: undefined,
    title: undefined,
    removed: [],
    pinned: undefined,
    ...more,
  };
}

/** As they are stored before anything was made of them. */
export function withFolds(messages: readonly KeptMessage[]): (KeptMessage & { fold: MessageFold })[] {
  return messages.map((message) => ({ ...message, fold: noFold }));
}
