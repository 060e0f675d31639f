import { signal } from '@preact/signals';
import { isProblem } from '../api-client/client.ts';
import type { Conversation } from '../api-client/types.ts';
import { keep, kept } from './kept.ts';
import { withoutAddresses } from './mentions.ts';
import { account, api, bodies, bodyKey } from './state.ts';
import { texts } from './texts.ts';

/** First words of newest messages, by message: the service stores none, so each is read from the mailbox once and kept here. */
const previews = signal<Readonly<Record<string, string>>>({});
/** So many chats are in sight at once. */
const mostAtOnce = 12;
const longest = 120;
let busy = false;

/** What the list of chats shows of a conversation. */
export function previewOf({ lastMessage }: Conversation): string {
  if (lastMessage === null) return '';
  const { id, kind, from, preview } = lastMessage;
  if (kind === 'deleted') return texts.deleted;
  const words = preview ?? bodies.value[bodyKey({ id })] ?? previews.value[id] ?? '';
  const kinds: Readonly<Record<string, string>> = texts.kinds;
  const shown = [kinds[kind], withoutAddresses(words).replaceAll(/\s+/g, ' ').trim()]
    .filter(Boolean)
    .join(': ');
  return from === account.value?.email && shown !== '' ? `${texts.you}: ${shown}` : shown;
}

export async function readPreviews(list: readonly Conversation[]): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    if (Object.keys(previews.value).length === 0) {
      const stored = await kept('previews');
      if (typeof stored === 'string') previews.value = JSON.parse(stored);
    }
    const wanted = list.slice(0, mostAtOnce).flatMap(({ lastMessage }) => lastMessage ?? []);
    const missing = wanted.filter(
      ({ id, kind, preview }) =>
        kind !== 'deleted' &&
        preview === undefined &&
        bodies.value[bodyKey({ id })] === undefined &&
        previews.value[id] === undefined,
    );
    for (const { id } of missing) previews.value = { ...previews.value, [id]: await firstWords(id) };
    if (missing.length === 0) return;
    const shown = new Set(list.map(({ lastMessage }) => lastMessage?.id));
    await keep(
      'previews',
      JSON.stringify(Object.fromEntries(Object.entries(previews.value).filter(([id]) => shown.has(id)))),
    );
  } finally {
    busy = false;
  }
}

/** Nothing of a message that is not in the mailbox any more: it must not stand in the way of the others. */
async function firstWords(id: string): Promise<string> {
  try {
    const { text, encrypted } = await api.call('GET /v1/messages/{id}', { path: { id } });
    return encrypted ? texts.encryptedShort : text.slice(0, longest);
  } catch (error) {
    if (isProblem(error, 'not-found')) return '';
    throw error;
  }
}
