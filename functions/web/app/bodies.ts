import { signal } from '@preact/signals';
import { isProblem } from '../api-client/client.ts';
import type { Message } from '../api-client/types.ts';
import { api, bodies, bodyKey } from './state.ts';

/** By `bodyKey`: texts that could not be read just now. */
export const unreadable = signal<ReadonlySet<string>>(new Set());

const atOnce = 4;

/** Texts lie in the mailbox: each is read once, and again after an edit. One that fails does not hide the others. */
export async function readBodies(list: readonly Message[]): Promise<void> {
  const missing = list.filter(
    (each) => !each.encrypted && each.deletedAt === undefined && bodies.value[bodyKey(each)] === undefined,
  );
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let each = missing.shift(); each !== undefined; each = missing.shift()) await readBody(each);
    }),
  );
}

async function readBody(message: Message): Promise<void> {
  const key = bodyKey(message);
  setUnreadable(key, false);
  try {
    const { text } = await api.call('GET /v1/messages/{id}', { path: { id: message.id } });
    bodies.value = { ...bodies.value, [key]: text.trim() };
  } catch (error) {
    if (isProblem(error, 'not-found')) bodies.value = { ...bodies.value, [key]: null };
    else setUnreadable(key, true);
  }
}

function setUnreadable(key: string, isSo: boolean): void {
  if (unreadable.value.has(key) === isSo) return;
  const others = [...unreadable.value].filter((each) => each !== key);
  unreadable.value = new Set(isSo ? [...others, key] : others);
}
