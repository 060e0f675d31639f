import { limits } from '../core/limits.ts';
import type { LeanClient } from './lean-client.ts';

/** What ended a wait: the server spoke, it is time to renew, or we were told to stop. */
export type IdleEnd = 'activity' | 'renew' | 'stopped';

/**
 * One IDLE (RFC 2177) on the open folder, until the server announces mail, `renewAfterMs` pass, `signal` aborts, or the
 * server or the connection ends it (`broken`). The IDLE may go on on the wire: the next command ends it there.
 *
 * Where the server has no IDLE, imapflow asks it every two minutes with NOOP; for the caller that is the same.
 */
export async function waitInIdle(
  client: LeanClient,
  options: { readonly renewAfterMs: number; readonly signal: AbortSignal },
): Promise<IdleEnd | 'broken'> {
  const { renewAfterMs, signal } = options;
  if (signal.aborted) return 'stopped';
  return new Promise((resolve) => {
    let over = false;
    const end = (how: IdleEnd | 'broken') => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.off('exists', onExists);
      resolve(how);
    };
    const onAbort = () => end('stopped');
    const onExists = () => end('activity');
    const timer = setTimeout(() => end('renew'), renewAfterMs);
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('exists', onExists);
    idleOnce(client, () => over).then(end, () => end('broken'));
  });
}

/**
 * A server may end an IDLE by itself; to compare and wait anew is right then. One that ends it at once, twice, would be
 * asked again and again without a pause.
 */
async function idleOnce(client: LeanClient, isOver: () => boolean): Promise<'renew' | 'broken'> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const startedAt = performance.now();
    await client.idle();
    if (isOver() || performance.now() - startedAt >= limits.idleMinMs) return 'renew';
    if (!client.usable) return 'broken';
  }
  return 'broken';
}
