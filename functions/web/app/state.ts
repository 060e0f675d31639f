import { computed, signal } from '@preact/signals';
import { type Client, createClient, isProblem } from '../api-client/client.ts';
import type { Account, Contact, Conversation, Message } from '../api-client/types.ts';
import { forgetAll, keep, kept } from './kept.ts';
import { texts } from './texts.ts';

export const token = signal<string | undefined>(undefined);
export const ready = signal(false);
export const account = signal<Account | undefined>(undefined);
export const conversations = signal<readonly Conversation[] | undefined>(undefined);
/** Those of the mailbox, once they were read. */
export const contacts = signal<readonly Contact[] | undefined>(undefined);
/** Of each conversation that was opened, newest first. */
export const messages = signal<Readonly<Record<string, readonly Message[]>>>({});
/** The conversation that was asked for last and is not there. */
export const missing = signal<string | undefined>(undefined);
/** Texts that were read from the mailbox, by `bodyKey`; null of a mail that is there no more. */
export const bodies = signal<Readonly<Record<string, string | null>>>({});
export const offline = signal(false);
/** Something to tell, in plain words, until it is dismissed. */
export const notice = signal<string | undefined>(undefined);

export const route = signal(location.hash);
export const page = computed(() => {
  const [, name = '', id = '', part = ''] = route.value.split('/');
  try {
    return { name, id: decodeURIComponent(id), part };
  } catch {
    // An address that was cut off or typed: the list is shown.
    return { name: '', id: '', part: '' };
  }
});

const client = createClient({ url: '', token: () => token.value });
export const api: Client = {
  call: (name, input) => ofOneSession(client.call(name, input)),
  bytes: (path) => ofOneSession(client.bytes(path)),
};

/** What was asked for somebody who has signed out meanwhile is not there for whoever comes next. */
async function ofOneSession<T>(asking: Promise<T>): Promise<T> {
  const askedFor = token.value;
  const [answer] = await Promise.allSettled([asking]);
  if (token.value !== askedFor) throw new DOMException('signed out meanwhile', 'AbortError');
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;
}

/** Whether something ended because nobody waits for it any more. */
export function isAborted(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** An edit gives a message another text. */
export function bodyKey({ id, editedAt }: Pick<Message, 'id' | 'editedAt'>): string {
  return `${id} ${editedAt ?? ''}`;
}

/** Does something and shows what went wrong, if it did. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    offline.value = false;
    return true;
  } catch (error) {
    if (isProblem(error, 'offline')) offline.value = true;
    else if (isProblem(error, 'not-signed-in')) {
      await forget();
      notice.value = texts.signedOut;
    } else if (!isAborted(error)) notice.value = error instanceof Error ? wordsOf(error) : texts.unreadable;
    return false;
  }
}

/** What an error says. Members of a request mean nothing to people: what they entered has other names here. */
function wordsOf(error: Error): string {
  const labels: Readonly<Record<string, string>> = texts.fields;
  const errors = isProblem(error, 'invalid-request') ? error.errors : [];
  const named = errors.flatMap(({ field, message }) => {
    const label = labels[field.replaceAll(/\[\d+\]/g, '')];
    return label === undefined ? [] : [`${label}: ${message}`];
  });
  return named.length === 0 ? error.message : [...new Set(named)].join('\n');
}

/** What was kept from last time is shown at once. */
export async function restore(): Promise<void> {
  const [keptToken, shown] = await Promise.all([kept('token'), kept('shown')]);
  if (typeof keptToken === 'string') token.value = keptToken;
  if (typeof shown === 'string') {
    const all = JSON.parse(shown);
    account.value = all.account;
    conversations.value = all.conversations;
    contacts.value = all.contacts;
    messages.value = all.messages;
    bodies.value = all.texts;
  }
  ready.value = true;
}

/** Keeps the lists and the newest 50 messages of each conversation. */
export async function keepShown(): Promise<void> {
  if (token.value === undefined) return;
  const newest = Object.fromEntries(
    Object.entries(messages.value).map(([id, list]) => [id, list.slice(0, 50)]),
  );
  const keys = new Set(Object.values(newest).flatMap((list) => list.map(bodyKey)));
  // A mail that is gone may come back: that is asked again at the next start.
  const known = Object.fromEntries(
    Object.entries(bodies.value).filter(([key, text]) => text !== null && keys.has(key)),
  );
  await keep(
    'shown',
    JSON.stringify({
      account: account.value,
      conversations: conversations.value,
      contacts: contacts.value,
      messages: newest,
      texts: known,
    }),
  );
}

export async function begin(newToken: string): Promise<void> {
  await forgetAll();
  await keep('token', newToken);
  showNothing();
  token.value = newToken;
}

export async function forget(): Promise<void> {
  token.value = undefined;
  showNothing();
  await forgetAll();
  location.hash = '';
}

function showNothing(): void {
  account.value = undefined;
  conversations.value = undefined;
  contacts.value = undefined;
  messages.value = {};
  bodies.value = {};
}
