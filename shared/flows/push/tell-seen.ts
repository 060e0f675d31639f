import { allEnded } from '../../core/all-ended.ts';
import { limits } from '../../core/limits.ts';
import type { Conversation } from '../../store/items.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import type { PushServices } from '../services.ts';
import { pushTo } from './push-to.ts';
import { takesSilent } from './takes-silent.ts';

/**
 * Tells devices that a conversation was read elsewhere, so that they take their notifications back. Called by the one who
 * wrote that it was. There is nothing to show: only devices that want such pushes get one, once. Never throws: what was
 * read is noted, whether it can be told or not.
 *
 * @param conversation as it is now
 * @param readBy the session of the device that read it, which knows
 */
export async function tellSeen(
  services: PushServices,
  conversation: Conversation,
  readBy?: string,
): Promise<void> {
  const { accountId } = conversation;
  try {
    const subscriptions = await listActiveSubscriptions(services.store, accountId, services.clock.now());
    const alert = { ttlSeconds: limits.seenTtlSeconds, urgency: 'low' } as const;
    await allEnded(
      subscriptions
        .filter((each) => takesSilent(each) && each.sessionId !== readBy)
        .map((each) => pushTo(services, { seen: conversation, alert }, each)),
    );
  } catch (error) {
    services.log.warn('seen-not-told', {
      account: accountId,
      cause: error instanceof Error ? error.name : 'unknown',
    });
  }
}
