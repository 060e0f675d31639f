import { limits } from '../core/limits.ts';
import type { ConversationRef } from './mail-record.ts';
import { hashOfKey } from './message-key.ts';

/** What a conversation is to its reader, made of the messages that were counted in. */
export type ConversationState = ConversationRef & {
  readonly unread: number;
  /** No alerts until then (ms). */
  readonly mutedUntil: number | undefined;
  readonly mentionOnly: boolean;
  /** Key of the message that gave a 1:1 its name; own mails often know the address alone. */
  readonly namedBy?: string | undefined;
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
 * does not matter: the newest decides what the conversation is called and who is in it; of a 1:1, the newest with a name.
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
    ...described(state, ref, message),
    lastMessage: isNewest ? lastMessageOf(message) : state.lastMessage,
    unread: state.unread + (isUnread ? 1 : 0),
    recent: [...state.recent, message.key].slice(-limits.recentKeys),
    updatedAt: Math.max(now, state.updatedAt),
  };
}

/** Notes that everything up to a message is read. `unread` is what is left after it. Going back changes nothing. */
export function applySeen<State extends ConversationState>(
  state: State,
  upTo: string,
  unread: number,
  now: number,
): State {
  if (state.seenUpTo !== undefined && state.seenUpTo > upTo) return state;
  if (state.seenUpTo === upTo && unread === state.unread) return state;
  return { ...state, seenUpTo: upTo, unread, updatedAt: Math.max(now, state.updatedAt) };
}

/** What the conversation is called and who is in it, where this message has the say. */
function described(
  state: ConversationState,
  ref: ConversationRef,
  message: CountedMessage,
): Partial<ConversationState> {
  const { title, participants, groupId } = ref;
  const isDirect = ref.kind === 'direct';
  if (isDirect && participants.every((participant) => participant.name === undefined)) return {};
  const decidedBy = isDirect ? state.namedBy : state.lastMessage?.key;
  if (decidedBy !== undefined && decidedBy > message.key) return {};
  if (ref.kind === 'group' && !maySpeakFor(state, message)) return {};
  return { title, participants, groupId, ...(isDirect ? { namedBy: message.key } : {}) };
}

/** Whoever knows a group's id can write to it; only its members say who is in it, or answers would go to anybody. */
function maySpeakFor(state: ConversationState, message: CountedMessage): boolean {
  const isMember = state.participants.some(({ address }) => address === message.from.address);
  return state.lastMessage === undefined || message.own || isMember;
}

function lastMessageOf(message: CountedMessage): ConversationState['lastMessage'] {
  return {
    key: message.key,
    from: message.from.address,
    at: message.receivedAt,
    kind: message.kind,
    preview: message.preview,
  };
}
