import { Problem } from '../api-client/client.ts';
import type { Message } from '../api-client/types.ts';
import {
  account,
  api,
  attempt,
  conversations,
  keepShown,
  messages,
  offline,
  page,
  textKey,
  texts_,
  token,
} from './state.ts';

/** How often is looked while the page is open. */
const everyMs = 4_000;

export async function refreshAccount(): Promise<void> {
  account.value = await api.call('GET /v1/account', {});
}

export async function refreshConversations(): Promise<void> {
  const { items } = await api.call('GET /v1/conversations', { query: { limit: 100 } });
  conversations.value = items;
}

export async function refreshMessages(id: string): Promise<void> {
  const { items } = await api.call('GET /v1/conversations/{id}/messages', {
    path: { id },
    query: { limit: 50 },
  });
  const older = (messages.value[id] ?? []).filter(
    (each) =>
      !items.some((item) => item.id === each.id) && each.receivedAt < (items.at(-1)?.receivedAt ?? ''),
  );
  messages.value = { ...messages.value, [id]: [...items, ...older] };
  await readTexts(items);
  await markSeen(id, items);
  await keepShown();
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
      await readTexts(fresh);
      return nextCursor !== null;
    }
    if (nextCursor === null) return false;
    cursor = nextCursor;
  }
}

/** Texts lie in the mailbox: each is read once, and again after an edit. */
async function readTexts(list: readonly Message[]): Promise<void> {
  const missing = list.filter(
    (each) => !each.encrypted && each.deletedAt === undefined && texts_.value[textKey(each)] === undefined,
  );
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let each = missing.shift(); each !== undefined; each = missing.shift()) {
        try {
          const { text } = await api.call('GET /v1/messages/{id}', { path: { id: each.id }, query: {} });
          texts_.value = { ...texts_.value, [textKey(each)]: text.trim() };
        } catch (error) {
          // The rest of the conversation is shown all the same.
          if (error instanceof Problem && error.status === 0) return;
        }
      }
    }),
  );
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

/** While the page is in sight it is kept up to date, with or without push. */
export function startLooking(): void {
  const look = async () => {
    if (token.value !== undefined && document.visibilityState === 'visible') await attempt(refreshShown);
    setTimeout(() => void look(), everyMs);
  };
  setTimeout(() => void look(), everyMs);
  addEventListener('online', () => void attempt(refreshShown));
  addEventListener('offline', () => {
    offline.value = true;
  });
  document.addEventListener('visibilitychange', () => {
    if (token.value !== undefined && document.visibilityState === 'visible') void attempt(refreshShown);
  });
}
