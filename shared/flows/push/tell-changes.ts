import { allEnded } from '../../core/all-ended.ts';
import type { Subscription } from '../../store/items.ts';
import type { PushServices } from '../services.ts';
import type { ChangeNotice } from './notice.ts';
import { pushTo } from './push-to.ts';
import { takesSilent } from './takes-silent.ts';
import { wantsAlert } from './wants-alert.ts';

/**
 * Tells devices what became of messages they may show: edits and deletions to those that asked for them and take silent
 * pushes, reactions to those that asked for them. Of several changes of one kind to one message, the last alone. What a push service puts off is
 * not tried again: whoever opens the conversation sees it.
 */
export async function tellChanges(
  services: PushServices,
  changes: readonly ChangeNotice[],
  subscriptions: readonly Subscription[],
): Promise<void> {
  const inOrder = [...changes].sort((a, b) => (a.message.key < b.message.key ? -1 : 1));
  const last = new Map(inOrder.map((each) => [`${each.changed.kind} ${each.changed.key}`, each]));
  await allEnded(
    [...last.values()].flatMap((notice) =>
      subscriptions
        .filter((each) => wants(each, notice))
        .map((subscription) => pushTo(services, notice, subscription)),
    ),
  );
}

function wants(subscription: Subscription, { changed, message }: ChangeNotice): boolean {
  const isOptedIn =
    changed.kind === 'reaction' ? subscription.reactions : subscription.edits && takesSilent(subscription);
  return isOptedIn && wantsAlert(subscription, message.from.address, 'chat');
}
