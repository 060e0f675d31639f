import { createHash } from 'node:crypto';
import { conversationOfRecipients } from '../../coi/conversation-ref.ts';
import type { ConversationRef } from '../../coi/mail-record.ts';
import type { Address } from '../../coi/received-mail.ts';
import { getConversation } from '../../store/conversation.ts';
import type { Account, Conversation } from '../../store/items.ts';
import type { Services } from '../services.ts';

/** A group that its first message founds. */
export type NewGroup = {
  readonly name: string;
  readonly description: string | undefined;
  readonly participants: readonly Address[];
};

/** Where a message is to go: a conversation, addresses that need not have one yet, or a group that is to be. */
export type Destination =
  | { readonly conversation: Conversation }
  | { readonly addresses: readonly Address[] }
  | { readonly newGroup: NewGroup };

/** The conversation of a message, as it is before the message. */
export type MessageHome = Omit<ConversationRef, 'id'> & {
  /** Undefined when nothing was said in it yet. */
  readonly conversation: Conversation | undefined;
  readonly newGroup: NewGroup | undefined;
  /** The member of a request that named it. */
  readonly namedBy: 'conversation' | 'to' | 'group.participants';
};

/** @param seed of the message: a group that is founded again with the same one has the same id */
export async function homeOf(
  services: Services,
  account: Account,
  destination: Destination,
  seed: Buffer,
): Promise<MessageHome> {
  if ('conversation' in destination) {
    const { conversation } = destination;
    const { kind, title, participants, groupId } = conversation;
    return {
      kind,
      title,
      participants,
      groupId,
      conversation,
      newGroup: undefined,
      namedBy: 'conversation',
    };
  }
  const others = (parties: readonly Address[]) => withoutOwn(account, parties);
  if ('newGroup' in destination) {
    const { newGroup } = destination;
    return {
      kind: 'group',
      title: newGroup.name,
      participants: others(newGroup.participants),
      groupId: newGroupId(seed),
      conversation: undefined,
      newGroup,
      namedBy: 'group.participants',
    };
  }
  const ref = conversationOfRecipients(others(destination.addresses));
  const conversation = await getConversation(services.store, account.id, ref.id, services.clock.now());
  return { ...ref, conversation, newGroup: undefined, namedBy: 'to' };
}

/** Everybody but the account itself, each once. */
export function withoutOwn({ email, aliases }: Account, parties: readonly Address[]): readonly Address[] {
  const seen = new Set([email, ...aliases]);
  return parties.filter(({ address }) => !seen.has(address) && seen.add(address));
}

/** 16 characters of `[0-9A-Za-z_-]`: the COI client spec asks for 12 or more, Delta Chat for 11 to 32. */
function newGroupId(seed: Buffer): string {
  return createHash('sha256').update('group').update(seed).digest().subarray(0, 12).toString('base64url');
}
