import { isProblem, Problem } from '../api-client/client.ts';
import type { Changes, Message } from '../api-client/types.ts';
import { readBodies } from './bodies.ts';
import { refreshContacts } from './people.ts';
import {
  account,
  api,
  attempt,
  conversations,
  keepShown,
  messages,
  missing,
  offline,
  page,
  token,
} from './state.ts';
import { Turns } from './turns.ts';

export async function refreshAccount(): Promise<void> {
  account.value = await api.call('GET /v1/account', {});
}

const lists = new Turns();
export async function refreshConversations(): Promise<void> {
  const isNewest = lists.begin();
  const { items } = await api.call('GET /v1/conversations', { query: { limit: 100 } });
  if (isNewest()) conversations.value = items;
}

const threads = new Map<string, Turns>();
export async function refreshMessages(id: string): Promise<void> {
  const turns = threads.get(id) ?? new Turns();
  threads.set(id, turns);
  const isNewest = turns.begin();
  const items = await newestOf(id);
  if (items === undefined || !isNewest()) return;
  const older = (messages.value[id] ?? []).filter(
    (each) =>
      !items.some((item) => item.id === each.id) && each.receivedAt < (items.at(-1)?.receivedAt ?? ''),
  );
  messages.value = { ...messages.value, [id]: [...items, ...older] };
  await readBodies(items);
  await markSeen(id, items);
  await keepShown();
}

/** Undefined when there is no such conversation; its page says so. */
async function newestOf(id: string): Promise<readonly Message[] | undefined> {
  try {
    const query = { limit: 50 };
    return (await api.call('GET /v1/conversations/{id}/messages', { path: { id }, query })).items;
  } catch (error) {
    if (!isProblem(error, 'not-found')) throw error;
    missing.value = id;
    return undefined;
  }
}

/** @returns whether there may be more */
export async function loadOlder(id: string): Promise<boolean> {
  const known = messages.value[id] ?? [];
  let cursor: string | undefined;
  for (;;) {
    const { items, nextCursor } = await api.call('GET /v1/conversations/{id}/messages', {
      path: { id },
      query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) },
    });
    const fresh = items.filter((item) => !known.some((each) => each.id === item.id));
    if (fresh.length > 0) {
      messages.value = { ...messages.value, [id]: [...known, ...fresh] };
      await readBodies(fresh);
      return nextCursor !== null;
    }
    if (nextCursor === null) return false;
    cursor = nextCursor;
  }
}

async function markSeen(id: string, list: readonly Message[]): Promise<void> {
  const newest = list.find((each) => !each.own);
  if (newest === undefined || newest.seen || document.visibilityState !== 'visible' || page.value.id !== id)
    return;
  await api.call('POST /v1/conversations/{id}/seen', { path: { id }, body: { upTo: newest.id } });
  await refreshConversations();
}

export async function refreshShown(): Promise<void> {
  await refreshConversations();
  if (page.value.name === 'c') await refreshMessages(page.value.id);
  await keepShown();
}

/** Follows what changes while the page is in sight, with or without push: one request waits until something does. */
export function startLooking(): void {
  addEventListener('online', stir);
  addEventListener('offline', () => {
    offline.value = true;
  });
  document.addEventListener('visibilitychange', stir);
  token.subscribe(stir);
  void follow();
}

/** Ends what is waited for: the page came into sight or went out of it, somebody signed in or out. */
let stirring = new AbortController();
function stir(): void {
  stirring.abort();
  stirring = new AbortController();
}

async function follow(): Promise<never> {
  let since: string | undefined;
  let of: string | undefined;
  for (let failures = 0; ; ) {
    const { signal } = stirring;
    if (token.value === undefined || document.visibilityState !== 'visible') {
      await pause(undefined, signal);
      continue;
    }
    if (of !== token.value) since = undefined;
    of = token.value;
    const begun = performance.now();
    let pauseMs = leastMs;
    const isGood = await attempt(async () => {
      const { next, more, pauseSeconds } = await look(since, signal);
      // Where too many wait already, the answer comes at once.
      const leftMs = Math.max(0, leastMs - (performance.now() - begun));
      pauseMs = more ? 0 : Math.max(leftMs, 1_000 * pauseSeconds);
      since = next;
    });
    if (signal.aborted) continue;
    failures = isGood ? 0 : failures + 1;
    if (!isGood) await pause(Math.min(mostMs, leastMs * 2 ** failures) * (0.5 + Math.random() / 2), signal);
    else if (pauseMs > 0) await pause(pauseMs, signal);
  }
}

/** Pauses after failures, between these two; and from one look to the next at least. */
const leastMs = 1_000;
const mostMs = 60_000;

/** Takes over what changed since; what a token that is none any more would tell is looked at as a whole. */
async function look(
  since: string | undefined,
  signal: AbortSignal,
): Promise<Pick<Changes, 'next' | 'more' | 'pauseSeconds'>> {
  if (since === undefined) {
    const begin = await api.call('GET /v1/changes', { query: {}, signal });
    await refreshShown();
    refreshNames();
    return begin;
  }
  try {
    // That there is a connection again is to be known at once.
    const wait = offline.value ? 0 : 25;
    const changes = await api.call('GET /v1/changes', { query: { since, wait }, signal });
    await takeOver(changes);
    return changes;
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return look(undefined, signal);
    throw error;
  }
}

/** Nobody waits for the names that the user gave people; when they cannot be read now, others do. */
function refreshNames(): void {
  refreshContacts().catch(() => undefined);
}

async function takeOver(changes: Changes): Promise<void> {
  if (changes.account !== undefined) account.value = changes.account;
  if (changes.contacts) refreshNames();
  const changed = new Map(changes.conversations.map((each) => [each.id, each]));
  if (changed.size === 0) return;
  lists.overtake();
  const others = (conversations.value ?? []).filter(({ id }) => !changed.has(id));
  conversations.value = [...changed.values(), ...others]
    .filter(({ lastMessage }) => lastMessage !== null)
    .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  const { name, id } = page.value;
  if (name === 'c' && changed.has(id)) await refreshMessages(id);
  await keepShown();
}

function pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = ms === undefined ? undefined : setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
