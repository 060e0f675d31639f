import { limits } from '../core/limits.ts';
import type { KeptMessage } from './kept-message.ts';
import type { ConversationRef } from './mail-record.ts';
import { hashOfKey } from './message-key.ts';

/** What a conversation is to its reader, made of the messages that were counted in. */
export type ConversationState = ConversationRef & {
  readonly unread: number;
  /** No alerts until then (ms). */
  readonly mutedUntil: number | undefined;
  readonly mentionOnly: boolean;
  /** Whether the account itself wrote in it: who answers somebody knows him. */
  readonly answered?: true;
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
  /** Shown above the messages, until then (ms). */
  readonly pinned: { readonly key: string; readonly until: number | undefined } | undefined;
  /** Keys of the newest messages counted in: counting one of them in again changes nothing. In order. */
  readonly recent: readonly string[];
  /** Messages that others speak of and that are not here, as hashes: when one comes, the conversation is made anew. */
  readonly waiting: readonly string[];
  /** When it last changed, for clients that ask what did. */
  readonly updatedAt: number;
};

export function newConversation(ref: ConversationRef): ConversationState {
  return {
    ...ref,
    unread: 0,
    mutedUntil: undefined,
    mentionOnly: false,
    seenUpTo: undefined,
    lastMessage: undefined,
    pinned: undefined,
    recent: [],
    waiting: [],
    updatedAt: 0,
  };
}

/**
 * Counts a message in, where that is a matter of adding one: a plain message that changes nobody else's and not who is in
 * the conversation. One that was counted in already gives back the very same object.
 *
 * @param own addresses of the account
 * @returns undefined for a message that takes more: then the conversation is to be replayed
 */
export function countIn<State extends ConversationState>(
  state: State,
  message: KeptMessage,
  { own, now }: { readonly own: readonly string[]; readonly now: number },
): State | undefined {
  if (!isPlain(state, message, own)) return undefined;
  const hash = hashOfKey(message.key);
  if (state.recent.some((key) => hashOfKey(key) === hash)) return state;
  const oldest = state.recent.length < limits.recentKeys ? undefined : state.recent[0];
  // What fell out of `recent` may have been counted in.
  if (oldest !== undefined && message.key < oldest) return undefined;
  const isUnread =
    !message.own && !message.seen && (state.seenUpTo === undefined || message.key > state.seenUpTo);
  return {
    ...state,
    ...describedBy(state, message),
    ...(message.own ? { answered: true } : {}),
    lastMessage: isNewest(state, message) ? lastMessageOf(message) : state.lastMessage,
    unread: state.unread + (isUnread ? 1 : 0),
    recent: [...state.recent, message.key].sort().slice(-limits.recentKeys),
    updatedAt: Math.max(now, state.updatedAt),
  };
}

function isPlain(state: ConversationState, message: KeptMessage, own: readonly string[]): boolean {
  if (message.event !== undefined || message.pinned !== undefined) return false;
  if (message.silent || message.movedTo !== undefined) return false;
  if (state.waiting.includes(hashOfKey(message.key)) || state.lastMessage === undefined) return false;
  return state.kind !== 'group' || (isNewest(state, message) && namesSameGroup(state, message, own));
}

/** Nothing about a group changes when a mail names who is in it anyway, or does not say. */
function namesSameGroup(state: ConversationState, message: KeptMessage, own: readonly string[]): boolean {
  if (message.removed.length > 0) return false;
  if (message.title === undefined) return true;
  const named = new Map([message.from, ...message.to].map(({ address, name }) => [address, name]));
  for (const address of own) named.delete(address);
  return (
    message.title === state.title &&
    named.size === state.participants.length &&
    state.participants.every(
      ({ address, name }) => named.has(address) && (named.get(address) ?? name) === name,
    )
  );
}

function isNewest(state: ConversationState, message: KeptMessage): boolean {
  return state.lastMessage === undefined || message.key > state.lastMessage.key;
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

/** What a 1:1 or a list is called after this message: the newest one with a name decides; own mails often have none. */
export function describedBy(state: ConversationState, message: KeptMessage): Partial<ConversationState> {
  if (state.kind === 'list') {
    return message.title !== undefined && isNewest(state, message) ? { title: message.title } : {};
  }
  const [counterpart] = state.participants;
  if (state.kind !== 'direct' || counterpart === undefined) return {};
  const { address } = counterpart;
  const name = [message.from, ...message.to].find((party) => party.address === address)?.name;
  if (name === undefined || (state.namedBy !== undefined && state.namedBy > message.key)) return {};
  return { title: name, participants: [{ address, name }], namedBy: message.key };
}

export function lastMessageOf(message: KeptMessage): ConversationState['lastMessage'] {
  return {
    key: message.key,
    from: message.from.address,
    at: message.receivedAt,
    kind: message.kind,
    preview: message.preview,
  };
}
