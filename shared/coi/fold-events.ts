import { limits } from '../core/limits.ts';
import { type KeptMessage, type MessageFold, noFold } from './kept-message.ts';
import { messageHash } from './message-key.ts';

/** What the events among the messages of one conversation made of the others. */
export type Folded = {
  readonly folds: ReadonlyMap<string, MessageFold>;
  /** Messages that are spoken of and not here (hashes as in their keys): they may still come. */
  readonly waiting: readonly string[];
  /** What each event that counts changed, by the event's key. */
  readonly applied: ReadonlyMap<string, KeptMessage>;
  /** The message pinned last and not unpinned since. */
  readonly pinned: { readonly key: string; readonly until: number | undefined } | undefined;
};

/**
 * Applies edits, deletions, reactions, reports and pins to the messages they speak of. The outcome depends on the messages
 * alone: neither on the order in which they came nor on how often this was done before.
 *
 * @param all of one conversation, in the order of their keys
 */
export function foldEvents(all: readonly KeptMessage[]): Folded {
  const messages = all.filter(({ movedTo }) => movedTo === undefined);
  const byId = new Map<string, KeptMessage>();
  for (const message of messages) if (!byId.has(message.messageId)) byId.set(message.messageId, message);
  const folds = new Map<string, Draft>(messages.map((message) => [message.key, newDraft()]));
  const waiting = new Set<string>();
  const applied = new Map<string, KeptMessage>();
  let pins: { key: string; until: number | undefined }[] = [];
  for (const message of messages) {
    if (message.pinned !== undefined) pins.push({ key: message.key, until: message.pinned.until });
    const { event } = message;
    if (event === undefined) continue;
    for (const id of event.targets) {
      const target = byId.get(id);
      const root = target && rootOf(target, byId);
      if (target === undefined) waiting.add(messageHash(id));
      if (root === undefined || root === message || !mayDo(message, root)) continue;
      if (!applied.has(message.key)) applied.set(message.key, root);
      if (event.kind === 'pin') pins.push({ key: root.key, until: undefined });
      else if (event.kind === 'unpin') pins = pins.filter(({ key }) => key !== root.key);
      else apply(message, root, folds.get(root.key));
    }
    const draft = folds.get(message.key);
    // An edit of something unknown, or of somebody else's words, is shown as the message it is.
    if (draft) draft.hidden = applied.has(message.key) || event.kind !== 'edit';
  }
  for (const { key, silent } of messages) {
    const draft = folds.get(key);
    if (draft && silent) draft.hidden = true;
  }
  const finals = new Map([...folds].map(([key, draft]) => [key, finished(draft)]));
  for (const { key, movedTo } of all) if (movedTo !== undefined) finals.set(key, movedAway);
  return {
    folds: finals,
    applied,
    waiting: [...waiting].sort().slice(0, limits.waitingTargets),
    pinned: pins.filter(({ key }) => folds.get(key)?.deletedAt === undefined).at(-1),
  };
}

/**
 * The message an edit is about in the end: each edit may name the one before it (COI client spec, "Edit messages"). An edit
 * whose own target is unknown, or another author's, stands for itself. Circles end where they began.
 */
function rootOf(message: KeptMessage, byId: ReadonlyMap<string, KeptMessage>): KeptMessage | undefined {
  let root = message;
  for (let hops = 0; hops < limits.editChain; hops++) {
    if (root.event === undefined) return root;
    if (root.event.kind !== 'edit') return undefined;
    const before: KeptMessage | undefined = byId.get(root.event.targets[0] ?? '');
    if (before === undefined || before.event?.kind === 'delete' || !isSameAuthor(before, root)) return root;
    root = before;
  }
  return undefined;
}

/** Only its author changes a message; only the account's own messages are reported on, by those they went to. */
function mayDo(message: KeptMessage, root: KeptMessage): boolean {
  switch (message.event?.kind) {
    case 'edit':
    case 'delete':
      return isSameAuthor(message, root);
    case 'receipt':
      return root.own && root.to.some(({ address }) => address === message.from.address);
    case 'bounce':
      return root.own;
    default:
      return true;
  }
}

function isSameAuthor(a: KeptMessage, b: KeptMessage): boolean {
  return a.own === b.own && (a.own || a.from.address === b.from.address);
}

type Draft = {
  hidden: boolean;
  edited: MessageFold['edited'];
  deletedAt: number | undefined;
  reactions: Map<string, readonly string[]>;
  receipts: Map<string, number>;
  bounces: Map<string, number>;
};

/** It is shown where it is now, and what others made of it is noted there. */
const movedAway: MessageFold = { ...noFold, hidden: true };

function newDraft(): Draft {
  return {
    hidden: false,
    edited: undefined,
    deletedAt: undefined,
    reactions: new Map(),
    receipts: new Map(),
    bounces: new Map(),
  };
}

/** Events come in the order of their keys: of edits and reactions the last one counts, of everything else the first. */
function apply(
  { key, event, from, receivedAt }: KeptMessage,
  root: KeptMessage,
  draft: Draft | undefined,
): void {
  if (draft === undefined || event === undefined) return;
  switch (event.kind) {
    case 'edit':
      draft.edited = { key, at: receivedAt };
      break;
    case 'delete':
      draft.deletedAt ??= receivedAt;
      break;
    case 'reaction':
      draft.reactions.set(from.address, event.emoji);
      break;
    case 'receipt':
      if (!draft.receipts.has(from.address)) draft.receipts.set(from.address, receivedAt);
      break;
    case 'bounce':
      for (const { address } of root.to) {
        if (event.recipients.includes(address) && !draft.bounces.has(address))
          draft.bounces.set(address, receivedAt);
      }
      break;
  }
}

/** Sorted and bounded by what is in it, so that the same events give the same fold. */
function finished(draft: Draft): MessageFold {
  if (isUntouched(draft)) return noFold;
  const senders = [...draft.reactions].filter(([, emoji]) => emoji.length > 0).sort(byFirst);
  return {
    hidden: draft.hidden,
    edited: draft.edited,
    deletedAt: draft.deletedAt,
    reactions: senders
      .flatMap(([by, emoji]) => emoji.map((each) => ({ by, emoji: each })))
      .slice(0, limits.reactionsPerMessage),
    receipts: [...draft.receipts]
      .sort(byFirst)
      .map(([by, at]) => ({ by, at }))
      .slice(0, limits.receiptsPerMessage),
    bounces: [...draft.bounces].sort(byFirst).map(([recipient, at]) => ({ recipient, at })),
  };
}

function isUntouched(draft: Draft): boolean {
  return (
    !draft.hidden &&
    draft.edited === undefined &&
    draft.deletedAt === undefined &&
    draft.reactions.size + draft.receipts.size + draft.bounces.size === 0
  );
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
