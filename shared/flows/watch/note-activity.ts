import { limits } from '../../core/limits.ts';
import { getWatch, moveLastActivity } from '../../store/watch.ts';
import type { Services } from '../services.ts';
import { pollIntervalMinutes } from './due.ts';
import { isPolled } from './watch-mode.ts';

/**
 * Notes that the user of an account is there: a device called, or a message was sent. Whoever was silent for long is held
 * in IDLE again, or polled each minute, from the next look of a worker or the next tick on; and polled at once, so that
 * the user who opens the app sees news in seconds. Costs nothing for a call right after another: ten minutes later a
 * read, and a write unless another process made it. Never throws: what could not be noted now is by the next call.
 */
export async function noteActivity(services: ActivityServices, accountId: string): Promise<void> {
  const { clock, log, activeAccounts } = services;
  const now = clock.now();
  const notedAt = activeAccounts.get(accountId);
  if (notedAt !== undefined && now - notedAt < limits.activityNotedMs) return;
  // Before it is written: the calls that come meanwhile do not write as well.
  remember(activeAccounts, accountId, now);
  try {
    await note(services, accountId, now);
  } catch (error) {
    activeAccounts.delete(accountId);
    log.warn('activity-not-noted', {
      account: accountId,
      cause: error instanceof Error ? error.name : 'unknown',
    });
  }
}

export type ActivityServices = Pick<
  Services,
  'store' | 'queues' | 'clock' | 'log' | 'hostWatch' | 'activeAccounts'
>;

async function note({ store, queues, hostWatch }: ActivityServices, accountId: string, now: number) {
  const watch = await getWatch(store, accountId);
  const before = watch?.lastActivityAt;
  if (watch === undefined || before === undefined || now - before < limits.activityNotedMs) return;
  // Whoever else moved it has done the rest as well.
  if ((await moveLastActivity(store, accountId, before, now)) === 'stale') return;
  const wasPolled = isPolled(watch, hostWatch.setting, hostWatch.autoMeans, now);
  // What is held in IDLE is up to date, and what was polled each minute nearly so.
  if (wasPolled && pollIntervalMinutes(before, now) > 1)
    await queues.send('poll', { accountIds: [accountId], at: now });
}

/** The one that was noted longest ago makes room. */
function remember(activeAccounts: Map<string, number>, accountId: string, now: number): void {
  activeAccounts.delete(accountId);
  activeAccounts.set(accountId, now);
  if (activeAccounts.size <= limits.activeAccounts) return;
  const [oldest] = activeAccounts.keys();
  if (oldest !== undefined) activeAccounts.delete(oldest);
}
