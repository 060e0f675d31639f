import { isDeepStrictEqual } from 'node:util';
import { countIn, newConversation } from '../../coi/conversation-state.ts';
import { type KeptMessage, type MessageFold, noFold } from '../../coi/kept-message.ts';
import type { ConversationRef } from '../../coi/mail-record.ts';
import { replay } from '../../coi/replay.ts';
import { allEnded } from '../../core/all-ended.ts';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import { getConversation, putConversation } from '../../store/conversation.ts';
import type { Account, Conversation, Message } from '../../store/items.ts';
import { listMessages, setMessageFold } from '../../store/message.ts';
import type { Services } from '../services.ts';

export type Recorded = {
  /** Without a last message while nothing was said in it: reactions alone are no conversation to show. */
  readonly conversation: Conversation | undefined;
  /** What became of each message, by key, where others changed something about it. */
  readonly folds: ReadonlyMap<string, MessageFold>;
  /** What each event that counts changed, by the event's key. */
  readonly applied: ReadonlyMap<string, KeptMessage>;
};

const nothingChanged = { folds: new Map(), applied: new Map() } as const;

/**
 * Counts stored messages into their conversation, creating it with the first one. Plain ones cost a read and a write; for
 * what changes other messages, comes late or says who is in a group, the conversation is made anew from its messages.
 * Doing it again changes nothing, and where nothing changes nothing is written. Without any messages, it is made anew.
 *
 * @param before the conversation as it was read before, at whatever time: it is written over that one or not at all
 * @throws Fault `conflict` when others keep writing to the conversation
 */
export async function recordMessages(
  services: Pick<Services, 'store' | 'clock'>,
  account: Account,
  ref: ConversationRef,
  messages: readonly Message[],
  before: Promise<Conversation | undefined> = conversationBefore(services, account, ref),
): Promise<Recorded> {
  const own = [account.email, ...account.aliases];
  const inOrder = [...messages].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const now = services.clock.now();
    const stored = await (attempt === 0 ? before : conversationBefore(services, account, ref));
    const counted = inOrder.length === 0 ? undefined : stored && countAllIn(stored, inOrder, { own, now });
    if (counted !== undefined) {
      if (await isWritten(services, counted, stored)) return { conversation: counted, ...nothingChanged };
      continue;
    }
    const { messages: all, next } = await listMessages(services.store, account.id, ref.id, {
      limit: limits.replayMessages,
      before: undefined,
      now,
    });
    const start = stored ?? { ...newConversation(ref), accountId: account.id, version: 0 };
    const isCut = stored !== undefined && next !== undefined;
    const { state, folds, applied } = replay(start, ref, all, { isCut, own, now });
    if (!(await isWritten(services, state, stored))) continue;
    // An edit that is older than what was replayed changes nothing, and is shown as the message it is.
    const late = inOrder.filter(({ key, event }) => event?.kind === 'edit' && !folds.has(key));
    const known = new Map([...folds, ...late.map(({ key }) => [key, noFold] as const)]);
    await writeFolds(services, state, [...all, ...late], known);
    return { conversation: state, folds: known, applied };
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}

/** Begins to read a conversation, so that it is at hand once its messages are stored. */
export function conversationBefore(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  account: Account,
  ref: ConversationRef,
): Promise<Conversation | undefined> {
  const reading = getConversation(store, account.id, ref.id, clock.now());
  // Whoever needs it hears of a failure; it must not end the process because something else failed before.
  reading.catch(() => undefined);
  return reading;
}

function countAllIn(
  stored: Conversation,
  messages: readonly Message[],
  facts: { readonly own: readonly string[]; readonly now: number },
): Conversation | undefined {
  let state: Conversation | undefined = stored;
  for (const message of messages) state = state && countIn(state, message, facts);
  return state;
}

/** Whether the conversation is stored as it is to be. */
async function isWritten(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  changed: Conversation,
  stored: Conversation | undefined,
): Promise<boolean> {
  return changed === stored || (await putConversation(store, changed, clock.now())) === 'written';
}

/** After the conversation: should this be cut short, its repeat finds folds that differ and writes them. */
async function writeFolds(
  { store }: Pick<Services, 'store'>,
  conversation: Conversation,
  messages: readonly Message[],
  folds: ReadonlyMap<string, MessageFold>,
): Promise<void> {
  await allEnded(
    messages.map(async (message) => {
      const fold = folds.get(message.key);
      if (fold === undefined || isDeepStrictEqual(fold, message.fold)) return;
      await setMessageFold(store, message, fold, conversation.version);
    }),
  );
}
