/**
 * Does some work with a signal that aborts as soon as one of several does, and in any case once the work is done: what
 * waits beside it ends too. Leaves nothing behind in any of them, while `AbortSignal.any` leaves a trace of each call in a
 * signal that lives on (60 bytes on Node 20.20; nodejs/node#55351): a process that waits every few seconds, and may be told
 * to end at any time, would grow by megabytes a day. Unlike it, it listens: where many wait at once for one signal, that
 * one's owner lifts Node's limit of ten (`setMaxListeners`).
 */
export async function withAnySignal<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const any = new AbortController();
  const abort = () => any.abort();
  for (const signal of signals) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) any.abort();
  }
  try {
    return await work(any.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
    any.abort();
  }
}
