import { isDeepStrictEqual } from 'node:util';
import { limits } from '../core/limits.ts';
import { type ConversationState, describedBy, lastMessageOf } from './conversation-state.ts';
import { foldEvents } from './fold-events.ts';
import { membersAfter } from './group-members.ts';
import type { KeptMessage, MessageFold } from './kept-message.ts';
import type { ConversationRef } from './mail-record.ts';

export type Replayed<State> = {
  /** The very same object when nothing changed. */
  readonly state: State;
  readonly folds: ReadonlyMap<string, MessageFold>;
  /** What each event that counts changed, by the event's key. */
  readonly applied: ReadonlyMap<string, KeptMessage>;
};

export type ReplayFacts = {
  /** The window begins after the first message: what was before it is known from the state alone. */
  readonly isCut: boolean;
  readonly own: readonly string[];
  readonly now: number;
};

/**
 * Makes the state of a conversation anew from its messages: what came late, out of order or twice then counts as if it had
 * come in time. Only what its reader set (muted, read up to) is taken from the old state.
 *
 * @param messages all of them, or the newest (`isCut`)
 */
export function replay<State extends ConversationState>(
  state: State,
  ref: ConversationRef,
  messages: readonly (KeptMessage & { readonly fold: MessageFold })[],
  { isCut, own, now }: ReplayFacts,
): Replayed<State> {
  const inOrder = [...messages].sort((a, b) => (a.key < b.key ? -1 : 1));
  const { folds, applied, waiting, pinned } = foldEvents(inOrder);
  const visible = inOrder.filter(({ key }) => folds.get(key)?.hidden !== true);
  const newest = visible.at(-1);
  const next: State = {
    ...state,
    ...rosterOf(state, ref, visible, { isCut, own }),
    ...(visible.some((message) => message.own) ? { answered: true } : {}),
    lastMessage: newest && shown(newest, folds, inOrder),
    unread: visible.filter((message) => isUnread(state, message, folds)).length,
    pinned,
    waiting,
    recent: visible.slice(-limits.recentKeys).map(({ key }) => key),
  };
  const isSame =
    isDeepStrictEqual(next, state) &&
    inOrder.every(({ key, fold }) => isDeepStrictEqual(folds.get(key), fold));
  return { state: isSame ? state : { ...next, updatedAt: Math.max(now, state.updatedAt) }, folds, applied };
}

function isUnread(
  { seenUpTo }: ConversationState,
  message: KeptMessage,
  folds: ReadonlyMap<string, MessageFold>,
): boolean {
  const isDeleted = folds.get(message.key)?.deletedAt !== undefined;
  return !message.own && !message.seen && !isDeleted && (seenUpTo === undefined || message.key > seenUpTo);
}

/** The last message as it reads now: with its latest words, or gone. */
function shown(
  message: KeptMessage,
  folds: ReadonlyMap<string, MessageFold>,
  all: readonly KeptMessage[],
): ConversationState['lastMessage'] {
  const fold = folds.get(message.key);
  if (fold?.deletedAt !== undefined)
    return lastMessageOf({ ...message, kind: 'deleted', preview: undefined });
  const edit = fold?.edited && all.find(({ key }) => key === fold.edited?.key);
  return lastMessageOf(edit === undefined ? message : { ...message, preview: edit.preview });
}

function rosterOf(
  state: ConversationState,
  ref: ConversationRef,
  visible: readonly KeptMessage[],
  { isCut, own }: { readonly isCut: boolean; readonly own: readonly string[] },
): Partial<ConversationState> {
  if (ref.kind !== 'group') {
    let described: ConversationState = isCut
      ? { ...state, lastMessage: undefined }
      : {
          ...state,
          title: ref.title,
          participants: ref.participants,
          namedBy: undefined,
          lastMessage: undefined,
        };
    for (const message of visible) described = { ...described, ...describedBy(described, message) };
    const { title, participants, namedBy } = described;
    return { title, participants, namedBy };
  }
  // What was moved here is encrypted, and names its sender alone.
  const telling = visible.filter(({ home }) => home === undefined);
  if (telling.length === 0 && visible.length > 0) return {};
  const { title, participants } = membersAfter(telling, isCut ? state : undefined, own);
  return { title: title || ref.title, participants };
}
