import { getPendingWork } from '../../store/pending-work.ts';
import type { PushServices } from '../services.ts';
import { repeatPush } from './defer-push.ts';
import { tellSummary } from './tell-summary.ts';

/**
 * Makes what is owed by the id that a message of the push queue names, if it still is and it is already time. Too early:
 * the message was redelivered, or SQS could not hold it back long enough. The tick comes back to it.
 */
export async function retryPush(services: PushServices, accountId: string, id: string): Promise<void> {
  const pending = await getPendingWork(services.store, accountId, { kind: 'push', id });
  if (pending === undefined || pending.kind !== 'push') return;
  if (pending.notBeforeAt > services.clock.now()) return;
  if ('since' in pending) await tellSummary(services, pending);
  else await repeatPush(services, pending);
}
