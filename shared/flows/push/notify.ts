import { allEnded } from '../../core/all-ended.ts';
import type { Subscription } from '../../store/items.ts';
import type { Services } from '../services.ts';
import { deferPush } from './defer-push.ts';
import type { MessageNotice } from './notice.ts';
import { pushTo } from './push-to.ts';

/**
 * Pushes a notice to every subscription given, at once. What a push service puts off is recorded in the table and then
 * queued; when this returns, no device is forgotten.
 */
export async function notify(
  services: Services,
  notice: MessageNotice,
  subscriptions: readonly Subscription[],
): Promise<void> {
  await allEnded(
    subscriptions.map(async (subscription) => {
      const outcome = await pushTo(services, notice, subscription);
      if (outcome.kind === 'later')
        await deferPush(services, notice, subscription, outcome.retryAfterSeconds);
    }),
  );
}
