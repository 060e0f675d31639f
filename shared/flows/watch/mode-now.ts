import type { AccountStatus } from '../../store/items.ts';
import { isAtRest } from '../accounts/account-status.ts';
import { type HostWatch, isPolled } from './watch-mode.ts';

/** How a mailbox is watched at this moment. `paused`: it is not asked at all, until somebody does something. */
export type ModeNow = 'serverpush' | 'idle' | 'poll' | 'paused';

/** @param watch undefined for one that is watched no more */
export function modeNow(
  status: AccountStatus,
  watch: Parameters<typeof isPolled>[0] | undefined,
  host: HostWatch,
  now: number,
): ModeNow {
  if (watch === undefined || isAtRest(status)) return 'paused';
  if (watch.mode === 'serverpush') return 'serverpush';
  return isPolled(watch, host.setting, host.autoMeans, now) ? 'poll' : 'idle';
}
