import { createHash } from 'node:crypto';
import { Fault } from '../../core/faults.ts';
import { limits } from '../../core/limits.ts';
import type { OwedSummary } from '../../store/items.ts';
import { getPendingWork, replacePendingWork } from '../../store/pending-work.ts';
import type { PushServices } from '../services.ts';
import { wakeQueue } from '../wake-queue.ts';

/**
 * Records that the messages of a conversation from one on are to be told of in one push, unless that is recorded already:
 * one read for each batch of messages that are held back, and one write for all of them.
 *
 * Who comes so late that the push may be under way does not rely on it: it is put off once more, and whoever makes it then
 * finds these messages too.
 *
 * @throws Fault `conflict` when others keep writing
 */
export async function oweSummary(
  services: PushServices,
  wanted: Pick<OwedSummary, 'accountId' | 'conversationId' | 'reason' | 'since' | 'notBeforeAt'>,
): Promise<void> {
  const { store, clock } = services;
  const { accountId, conversationId, reason, notBeforeAt } = wanted;
  const id = createHash('sha256').update(`${reason} ${conversationId}`).digest('base64url').slice(0, 22);
  for (let attempt = 0; attempt < limits.conversationWriteAttempts; attempt++) {
    const now = clock.now();
    const stored = await getPendingWork(store, accountId, { kind: 'push', id });
    const before = stored !== undefined && 'since' in stored && stored.giveUpAt > now ? stored : undefined;
    const isInTime = before !== undefined && before.notBeforeAt > now + limits.workerSkewMs;
    if (isInTime && before.since <= wanted.since) return;
    const since = before !== undefined && before.since < wanted.since ? before.since : wanted.since;
    const giveUpAt = notBeforeAt + limits.alertTtlSeconds * 1000;
    const work: OwedSummary = { ...wanted, kind: 'push', id, since, giveUpAt };
    if ((await replacePendingWork(store, work, stored)) === 'stale') continue;
    const delaySeconds = Math.ceil((notBeforeAt - now) / 1000);
    // For what is further away the tick wakes us.
    if (delaySeconds <= limits.queueDelaySeconds)
      await wakeQueue(services, 'push', { accountId, id }, { delaySeconds: Math.max(0, delaySeconds) });
    return;
  }
  throw new Fault('conflict', 'The conversation is changing too fast. Try again.');
}
