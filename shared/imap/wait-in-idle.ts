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
  options: {
    readonly renewAfterMs: number;
    readonly signal: AbortSignal;
    /** Whether a change of flags counts as activity. */
    readonly wakeOnFlags?: boolean;
  },
): Promise<IdleEnd | 'broken'> {
  const { renewAfterMs, signal } = options;
  if (signal.aborted) return 'stopped';
  return new Promise((resolve) => {
    let over = false;
    const end = (how: IdleEnd | 'broken') => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.off('exists', onActivity);
      client.off('flags', onActivity);
      resolve(how);
    };
    const onAbort = () => end('stopped');
    const onActivity = () => end('activity');
    const timer = setTimeout(() => end('renew'), renewAfterMs);
    signal.addEventListener('abort', onAbort, { once: true });
    client.on('exists', onActivity);
    if (options.wakeOnFlags) client.on('flags', onActivity);
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
