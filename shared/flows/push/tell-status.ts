import { limits } from '../../core/limits.ts';
import type { Account, AccountStatus, Subscription } from '../../store/items.ts';
import { deletePendingWork, getPendingWork, putPendingWork } from '../../store/pending-work.ts';
import { listActiveSubscriptions } from '../../store/subscription.ts';
import type { PushServices } from '../services.ts';
import { deferPush, owePush, pendingPush } from './defer-push.ts';
import { pushTo } from './push-to.ts';
import { takesSilent } from './takes-silent.ts';

/**
 * Tells the devices of an account that its login is refused, which only its user can mend, and that it is well again. Called
 * by the one who wrote the change. Never throws: the change is made, whether it can be told or not.
 *
 * @param account as it is now
 * @param before what its status was
 */
export async function tellStatus(
  services: PushServices,
  account: Pick<Account, 'id' | 'status'>,
  before: AccountStatus,
): Promise<void> {
  const { id, status } = account;
  const isRefused = status === 'login-refused' && before !== 'login-refused';
  const isWell = status === 'ok' && before === 'login-refused';
  if (!isRefused && !isWell) return;
  try {
    const subscriptions = await listActiveSubscriptions(services.store, id, services.clock.now());
    await Promise.all(
      subscriptions.map((subscription) =>
        isRefused ? tellIsRefused(services, subscription) : tellIsWell(services, subscription),
      ),
    );
  } catch (error) {
    services.log.error('status-not-told', {
      account: id,
      cause: error instanceof Error ? error.name : 'unknown',
    });
  }
}

const alert = { ttlSeconds: limits.statusTtlSeconds, urgency: 'normal' } as const;

/** The promise comes first: should this process end under the push, the tick finds it. */
async function tellIsRefused(services: PushServices, subscription: Subscription): Promise<void> {
  const now = services.clock.now();
  const { accountId } = subscription;
  const notice = { accountId, status: 'login-refused', alert } as const;
  const pending = pendingPush(notice, subscription, { now, notBeforeAt: now + 2 * limits.pushMs });
  await putPendingWork(services.store, pending);
  const outcome = await pushTo(services, notice, subscription);
  if (outcome.kind === 'later') await deferPush(services, notice, subscription, outcome.retryAfterSeconds);
  else await deletePendingWork(services.store, accountId, pending);
}

/**
 * There is nothing to show: only devices that want such pushes get one, and only those that were told of the trouble. Left
 * to the queue, because somebody waits to be signed in.
 */
async function tellIsWell(services: PushServices, subscription: Subscription): Promise<void> {
  const now = services.clock.now();
  const { accountId } = subscription;
  const notice = { accountId, status: 'ok', alert } as const;
  // Who takes it up may have a clock that is behind.
  const pending = pendingPush(notice, subscription, { now, notBeforeAt: now - limits.workerSkewMs });
  const wasTold = (await getPendingWork(services.store, accountId, pending)) === undefined;
  if (takesSilent(subscription) && wasTold) await owePush(services, pending);
  else if (!wasTold) await deletePendingWork(services.store, accountId, pending);
}
