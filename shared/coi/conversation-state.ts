import { limits } from '../core/limits.ts';
import { hashOfKey } from './message-key.ts';
import type { ConversationRef } from './read-mail.ts';

/** What a conversation is to its reader, made of the messages that were counted in. */
export type ConversationState = ConversationRef & {
  readonly unread: number;
  /** No alerts until then (ms). */
  readonly mutedUntil: number | undefined;
  readonly mentionOnly: boolean;
  /** Everything up to this message key is read. */
  readonly seenUpTo: string | undefined;
  readonly lastMessage:
    | {
        readonly key: string;
        readonly from: string;
        readonly at: number;
        readonly kind: string;
        readonly preview: string | undefined;
      }
    | undefined;
  /** Keys of the messages counted in last: counting one of them in again changes nothing. */
  readonly recent: readonly string[];
  /** When it last changed, for clients that ask what did. */
  readonly updatedAt: number;
};

/** What a conversation needs to know of a message. */
export type CountedMessage = {
  readonly key: string;
  readonly from: { readonly address: string };
  readonly receivedAt: number;
  readonly kind: string;
  readonly own: boolean;
  readonly seen: boolean;
  readonly preview: string | undefined;
};

export function newConversation(ref: ConversationRef): ConversationState {
  return {
    ...ref,
    unread: 0,
    mutedUntil: undefined,
    mentionOnly: false,
    seenUpTo: undefined,
    lastMessage: undefined,
    recent: [],
    updatedAt: 0,
  };
}

/**
 * Counts a message in. One that was counted in already gives back the very same object. The order in which messages come
 * does not matter: the newest decides what the conversation is called and who is in it.
 */
export function applyMessage<State extends ConversationState>(
  state: State,
  message: CountedMessage,
  ref: ConversationRef,
  now: number,
): State {
  const hash = hashOfKey(message.key);
  if (state.recent.some((key) => hashOfKey(key) === hash)) return state;
  const isNewest = state.lastMessage === undefined || message.key > state.lastMessage.key;
  const isUnread =
    !message.own && !message.seen && (state.seenUpTo === undefined || message.key > state.seenUpTo);
  return {
    ...state,
    ...(isNewest ? described(state, ref, message) : {}),
    unread: state.unread + (isUnread ? 1 : 0),
    recent: [...state.recent, message.key].slice(-limits.recentKeys),
    updatedAt: Math.max(now, state.updatedAt),
  };
}

/** Notes that everything up to a message is read. `unread` is what is left after it; going back changes nothing. */
export function applySeen<State extends ConversationState>(
  state: State,
  upTo: string,
  unread: number,
  now: number,
): State {
  const seenUpTo = state.seenUpTo !== undefined && state.seenUpTo > upTo ? state.seenUpTo : upTo;
  if (seenUpTo === state.seenUpTo && unread === state.unread) return state;
  return { ...state, seenUpTo, unread, updatedAt: Math.max(now, state.updatedAt) };
}

function described(state: ConversationState, ref: ConversationRef, message: CountedMessage) {
  // In a 1:1 our own mails often name the other side by address alone: the name it gives itself is kept.
  const keepsName = ref.kind === 'direct' && ref.participants.every((participant) => !participant.name);
  const { title, participants, groupId } = keepsName ? state : ref;
  return {
    title,
    participants,
    groupId,
    lastMessage: {
      key: message.key,
      from: message.from.address,
      at: message.receivedAt,
      kind: message.kind,
      preview: message.preview,
    },
  };
}
