import { effect, signal } from '@preact/signals';
import { Problem } from '../api-client/client.ts';
import type { SendRequest } from '../api-client/types.ts';
import { keep, kept } from './kept.ts';
import { api, attempt, bodies, bodyKey, isAborted, messages, offline, token } from './state.ts';
import { refreshConversations, refreshMessages } from './sync.ts';

/**
 * What was written and has not been sent. It outlives the page, and goes out in its order as soon as there is a connection;
 * its key makes sure that a repeat is not a second message.
 */
export type Waiting = {
  readonly key: string;
  readonly body: SendRequest;
  /** What the service has against it; then it waits for the user. */
  readonly problem?: string;
  /** The message it became. */
  readonly sent?: string;
};

export const outbox = signal<readonly Waiting[]>([]);

/** After a failure that may pass: the service or the mail server is out for a moment. */
const againMs = 5_000;
let busy = false;

export async function startOutbox(): Promise<void> {
  const stored = await kept('outbox');
  // Of what was sent, only the showing was left to do when the page was closed.
  if (typeof stored === 'string' && token.value !== undefined)
    set(JSON.parse(stored).filter(({ sent }: Waiting) => sent === undefined));
  effect(() => {
    if (token.value === undefined) outbox.value = [];
    else if (!offline.value && outbox.value.length > 0) void flush();
  });
}

export function post(body: SendRequest): void {
  set([...outbox.value, { key: crypto.randomUUID(), body }]);
}

export function discard(key: string): void {
  set(outbox.value.filter((each) => each.key !== key));
}

export function retry({ key, body }: Waiting): void {
  // What was refused is another message when it is sent again.
  set(outbox.value.map((each) => (each.key === key ? { key: crypto.randomUUID(), body } : each)));
}

/** Those of a conversation that are not among its messages yet. */
export function waitingIn(id: string): readonly Waiting[] {
  const known = messages.value[id] ?? [];
  return outbox.value.filter(
    ({ body, sent }) => body.conversation === id && !known.some((each) => each.id === sent),
  );
}

function set(all: readonly Waiting[]): void {
  outbox.value = all;
  void keep('outbox', JSON.stringify(all));
}

async function flush(): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    for (;;) {
      const next = outbox.value.find(({ problem, sent }) => problem === undefined && sent === undefined);
      if (next === undefined || token.value === undefined || !(await send(next))) return;
    }
  } finally {
    busy = false;
  }
}

/** @returns whether the next one may follow now */
async function send({ key, body }: Waiting): Promise<boolean> {
  const change = (to: Partial<Waiting>) =>
    set(outbox.value.map((each) => (each.key === key ? { ...each, ...to } : each)));
  try {
    const { id, conversation } = await api.call('POST /v1/messages', { body, idempotencyKey: key });
    // Its text need not be read from the mailbox: it is known.
    if (body.kind === 'text') bodies.value = { ...bodies.value, [bodyKey({ id })]: body.text ?? '' };
    change({ sent: id });
    await attempt(() => refreshMessages(conversation));
    discard(key);
    void attempt(refreshConversations);
    return true;
  } catch (error) {
    if (isAborted(error)) return false;
    if (!(error instanceof Problem)) throw error;
    const { status, code, message } = error;
    const passes = status === 429 || code === 'conflict' || (status >= 500 && code !== 'send-unknown');
    if (status === 0) offline.value = true;
    else if (code === 'not-signed-in') void attempt(() => Promise.reject(error));
    else if (passes) setTimeout(() => void flush(), againMs);
    else {
      change({ problem: message });
      return true;
    }
    return false;
  }
}
